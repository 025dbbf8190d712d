/** JSON lines, the form in which databases export: one document a line, which is its place. */
import type { Place } from '../policy/policy.ts'
import type { Parsed } from './document.ts'

/** Longest file of JSON lines that is read, in bytes: some hundred thousand requests. */
export const MAX_LINES_LENGTH = 1 << 26

/** Empty lines are skipped. */
export function* parseJsonLines(text: string, file: string): Generator<Parsed> {
  let line = 0
  for (const json of text.split('\n')) {
    line++
    if (json.trim() !== '') yield parseLine(json, { file, line, column: 1 })
  }
}

function parseLine(json: string, at: Place): Parsed {
  try {
    return { ok: true, document: { value: JSON.parse(json), place: () => at, keyPlace: () => at } }
  } catch (error) {
    return { ok: false, problems: [{ at, message: `not JSON: ${(error as Error).message}` }] }
  }
}
