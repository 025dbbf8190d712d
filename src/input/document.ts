/** YAML 1.2 text → a plain value, and the source position of every part. */
import { type Document, LineCounter, parseDocument } from 'yaml'
import { survey } from './duplicate-keys.ts'
import { MAX_DEPTH, MAX_LENGTH, MAX_VALUES } from './limits.ts'
import { readPlain } from './plain-yaml.ts'
import { laterPosition, type SourcePosition } from './position.ts'
import { type Path, Positions } from './positions.ts'
import type { Problem } from './problem.ts'
import { Recent } from './recent.ts'
import { binaryIn, unseenIn } from './unseen.ts'
import { yamlFault } from './yaml-words.ts'

export type { Path } from './positions.ts'

export interface YamlDocument {
  readonly value: unknown
  /** Errors that leave a readable value: duplicate keys. */
  readonly problems: readonly Problem[]
  /** The position of the value at a path, or of its nearest existing ancestor. */
  place(path: Path): SourcePosition
  /** The position of the key at the end of a path. */
  keyPlace(path: Path): SourcePosition
}

export type Parsed =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const TOO_DEEP = `nested too deep: the limit is ${MAX_DEPTH} levels`
/** V8's message for a recursion that is too deep. */
const STACK = /call stack/

const recent = new Recent<Parsed>()

/** Several readers parse one text: to detect its kind, and once for each file that refers to it. */
export function parseYaml(raw: string, file: string): Parsed {
  return recent.get(file, raw, () => parsed(raw, file))
}

function parsed(raw: string, file: string): Parsed {
  const text = raw.replace(/^\uFEFF/, '')
  const start: SourcePosition = { file, line: 1, column: 1 }
  const fail = (message: string, at = start): Parsed => ({ ok: false, problems: [{ at, message }] })
  if (text.length > MAX_LENGTH)
    return fail(`the file has ${text.length} characters: the limit is ${MAX_LENGTH}`)
  const binary = binaryIn(text)
  if (binary) return fail(binary.message, placeIn(text, file, binary.offset))
  if (text.trim() === '') return fail('the file is empty')
  const values = countOf(text)
  if (values > MAX_VALUES) return fail(`${values} lines and commas: the limit is ${MAX_VALUES}`)
  const deep = tooDeep(text)
  if (deep !== undefined) return fail(TOO_DEEP, placeIn(text, file, deep))
  const plain = readPlain(text)
  if (plain) return { ok: true, document: plainDocument(plain, text, file) }
  const result = parseText(text, file, fail)
  return isRead(result) ? result : withUnseen(result, text, file)
}

/** Most files have no faults, so positions are computed on demand. */
function plainDocument(value: unknown, text: string, file: string): YamlDocument {
  let whole: YamlDocument | undefined
  const places = (): YamlDocument => {
    whole ??= located(text, file)
    return whole
  }
  return {
    value,
    problems: [],
    place: (path) => laterPosition(file, () => places().place(path)),
    keyPlace: (path) => laterPosition(file, () => places().keyPlace(path)),
  }
}

/** As the parser reads it. */
export function located(text: string, file: string): YamlDocument {
  const parsed = parseText(text, file, (message) => {
    throw new Error(message)
  })
  if (!parsed.ok)
    throw new Error(`${file}: plain YAML with problems: ${parsed.problems[0]?.message}`)
  return parsed.document
}

const isRead = (parsed: Parsed): boolean => parsed.ok && typeof parsed.document.value === 'object'

/** An invisible character is usually the cause of the other errors. */
function withUnseen(parsed: Parsed, text: string, file: string): Parsed {
  const unseen = unseenIn(text)
  if (!unseen) return parsed
  const at = placeIn(text, file, unseen.offset)
  return { ok: false, problems: [{ at, message: unseen.message }] }
}

/** Lines and commas: a cheap upper bound of the number of values. */
function countOf(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) if (text[i] === ',' || text[i] === '\n') count++
  return count
}

/**
 * The offset at which the text nests too deep. Flow brackets and indentation give a cheap upper
 * bound before the recursive parser runs.
 */
function tooDeep(text: string): number | undefined {
  let flow = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '[' || c === '{') {
      if (++flow > MAX_DEPTH) return i
    } else if (c === ']' || c === '}') flow = Math.max(0, flow - 1)
  }
  // `- - - -` and indentation nest without brackets.
  let at = 0
  for (const line of text.split('\n')) {
    const lead = /^(?:[ ]|-\s|\?\s)*/.exec(line)?.[0].length ?? 0
    if (lead / 2 > MAX_DEPTH) return at + lead
    at += line.length + 1
  }
  return undefined
}

function placeIn(text: string, file: string, offset: number): SourcePosition {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { file, line, column: offset - before.lastIndexOf('\n') }
}

function parseText(
  text: string,
  file: string,
  fail: (message: string, at?: SourcePosition) => Parsed,
): Parsed {
  const lines = new LineCounter()
  let document: Document
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      merge: false,
      prettyErrors: false,
      // The parser compares each key with all keys before it; `survey` does not.
      uniqueKeys: false,
    })
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return fail(STACK.test(said) ? TOO_DEEP : `cannot be parsed: ${said}`)
  }
  const positions = new Positions(document, lines, file)
  const faults = [...document.errors, ...document.warnings]
  if (faults.length === 0) return toValue(document, positions, fail)
  // Brackets in quotes hide the depth from the cheap bound; what follows is not read any more.
  const deep = faults.find(({ message }) => STACK.test(message))
  if (deep) return fail(TOO_DEEP, positions.at(deep.pos[0]))
  const problems = faults.map((fault) => {
    const { offset, message } = yamlFault(fault, text)
    return { at: positions.at(offset), message }
  })
  return { ok: false, problems }
}

/** The limit of aliases in a file, and of values that they expand to. */
const MAX_ALIASES = 100

function toValue(
  document: Document,
  positions: Positions,
  fail: (message: string, at?: SourcePosition) => Parsed,
): Parsed {
  const { aliases, problems } = survey(document, positions)
  const first = positions.at(aliases[0]?.range?.[0] ?? 0)
  // Resolving one alias takes a search from the top of the file.
  if (aliases.length > MAX_ALIASES)
    return fail(`${aliases.length} aliases: the limit is ${MAX_ALIASES}`, first)
  try {
    const value = document.toJS({ maxAliasCount: MAX_ALIASES })
    const place = (path: Path): SourcePosition => positions.place(path)
    const keyPlace = (path: Path): SourcePosition => positions.keyPlace(path)
    return { ok: true, document: { value, problems, place, keyPlace } }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    if (STACK.test(said)) return fail(TOO_DEEP)
    const message = /Excessive alias/.test(said)
      ? `aliases expand to more than ${MAX_ALIASES} values`
      : `cannot be read: ${said}`
    return fail(message, first)
  }
}
