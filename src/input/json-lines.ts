/** JSON lines, the export format of databases: one document a line. Its position is its line. */

import { characterName, isBlank } from '../quote/characters.ts'
import type { Parsed } from './document.ts'
import { faultInJson } from './json-fault.ts'
import { MAX_DEPTH, MAX_LENGTH } from './limits.ts'
import type { SourcePosition } from './position.ts'

/** Empty lines are skipped. */
export function* parseJsonLines(text: string, file: string): Generator<Parsed> {
  if (text.trim() === '') yield fault({ file, line: 1, column: 1 }, 'the file is empty')
  // Read one by one: there may be a hundred thousand lines.
  const begin = text.startsWith('\ufeff') ? 1 : 0
  for (let line = 1, from = begin; from < text.length; line++) {
    const end = text.indexOf('\n', from)
    const json = text.slice(from, end < 0 ? text.length : end)
    if (json.trim() !== '') yield parseLine(json, { file, line, column: 1 })
    from = end < 0 ? text.length : end + 1
  }
}

function parseLine(json: string, at: SourcePosition): Parsed {
  if (json.length > MAX_LENGTH)
    return fault(at, `the line has ${json.length} characters: the limit is ${MAX_LENGTH}`)
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    const { offset, reason } = faultInJson(json) ?? { offset: 0, reason: 'unknown error' }
    return fault(
      { ...at, column: columnIn(json, offset) },
      `not JSON: ${reason}${blankAt(json, offset)}`,
    )
  }
  if (isDeep(value)) return fault(at, `nested too deep: the limit is ${MAX_DEPTH} levels`)
  return { ok: true, document: { value, problems: [], place: () => at, keyPlace: () => at } }
}

/** Column in characters, from 1. */
const columnIn = (line: string, offset: number): number => [...line.slice(0, offset)].length + 1

/** Names the character at this offset if it is invisible. */
function blankAt(json: string, offset: number): string {
  const character = String.fromCodePoint(json.codePointAt(offset) ?? 0x20)
  return isBlank(character) && character !== ' '
    ? `, but this is ${characterName(character)}: write an ordinary space`
    : ''
}

const fault = (at: SourcePosition, message: string): Parsed => ({
  ok: false,
  problems: [{ at, message }],
})

const isDeep = (value: unknown, depth = 0): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (depth >= MAX_DEPTH || Object.values(value).some((one) => isDeep(one, depth + 1)))
