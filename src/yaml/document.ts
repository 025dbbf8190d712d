/** YAML 1.2 text → a plain value, and the place in the file of everything in it. */
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { Place } from '../policy/policy.ts'
import { MAX_LENGTH } from './limits.ts'
import type { Problem } from './problem.ts'

export type Path = readonly PropertyKey[]

export interface YamlDocument {
  readonly value: unknown
  /** Where the value at a path stands; the nearest thing above it where there is none. */
  place(path: Path): Place
  /** Where the key at the end of a path stands. */
  keyPlace(path: Path): Place
}

export type Parsed =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Deepest nesting that is read; a policy needs six. */
const MAX_DEPTH = 64

export function parseYaml(raw: string, file: string): Parsed {
  const text = raw.replace(/^\uFEFF/, '')
  const start: Place = { file, line: 1, column: 1 }
  const fail = (message: string, at = start): Parsed => ({ ok: false, problems: [{ at, message }] })
  if (text.length > MAX_LENGTH)
    return fail(`the file has ${text.length} characters; at most ${MAX_LENGTH} are read`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the point
  if (/[\u0000-\u0008\u000e-\u001a\ufffd]/.test(text))
    return fail('not a text file: it has binary content')
  if (text.trim() === '') return fail('the file is empty')
  const deep = tooDeep(text)
  if (deep !== undefined)
    return fail(`nested deeper than ${MAX_DEPTH} levels`, placeIn(text, file, deep))
  return parseText(text, file, fail)
}

/**
 * Offset at which the text nests too deep, by a cheap upper bound that is taken
 * before the parser recurses: flow brackets, and indentation.
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

function placeIn(text: string, file: string, offset: number): Place {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { file, line, column: offset - before.lastIndexOf('\n') }
}

function parseText(
  text: string,
  file: string,
  fail: (message: string, at?: Place) => Parsed,
): Parsed {
  const lineCounter = new LineCounter()
  let document: Document
  try {
    document = parseDocument(text, {
      lineCounter,
      version: '1.2',
      merge: false,
      prettyErrors: false,
    })
  } catch (error) {
    return fail(`cannot be parsed: ${error instanceof Error ? error.message : error}`)
  }
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0)
    return {
      ok: false,
      problems: faults.map((e) => ({
        at: placeAt(e.pos[0]),
        message:
          e.code === 'MULTIPLE_DOCS'
            ? 'a file holds one document; here a second begins'
            : e.message,
      })),
    }
  return toValue(document, placeAt, fail)
}

function toValue(
  document: Document,
  placeAt: (offset: number) => Place,
  fail: (message: string, at?: Place) => Parsed,
): Parsed {
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const message = /alias/i.test(said)
      ? `aliases stand for more than ${MAX_ALIASES} values`
      : `cannot be read: ${said}`
    return fail(message, placeAt(firstAlias(document)))
  }
  const place = (path: Path): Place => placeAt(offsetOf(document, path))
  const keyPlace = (path: Path): Place =>
    placeAt(keyOffset(document, path) ?? offsetOf(document, path))
  return { ok: true, document: { value, place, keyPlace } }
}

/** Values that the aliases of a file may stand for; no honest file has any. */
const MAX_ALIASES = 100

function firstAlias(document: Document): number {
  let offset = 0
  visit(document, {
    Alias: (_key, node) => {
      offset = node.range?.[0] ?? 0
      return visit.BREAK
    },
  })
  return offset
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined
    if (node?.range) return node.range[0]
  }
  return 0
}

function keyOffset(document: Document, path: Path): number | undefined {
  const map = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(map)) return undefined
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}
