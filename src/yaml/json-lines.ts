/** JSON lines, the form in which databases export: one document a line, which is its place. */
import type { Place } from '../policy/policy.ts'
import type { Parsed } from './document.ts'

/** Empty lines are skipped. */
export function* parseJsonLines(text: string, file: string): Generator<Parsed> {
  // Not split at once: there may be a hundred thousand.
  for (let line = 1, from = 0; from < text.length; line++) {
    const end = text.indexOf('\n', from)
    const json = text.slice(from, end < 0 ? text.length : end)
    if (json.trim() !== '') yield parseLine(json, { file, line, column: 1 })
    from = end < 0 ? text.length : end + 1
  }
}

function parseLine(json: string, at: Place): Parsed {
  try {
    return { ok: true, document: { value: JSON.parse(json), place: () => at, keyPlace: () => at } }
  } catch (error) {
    return { ok: false, problems: [{ at, message: `not JSON: ${(error as Error).message}` }] }
  }
}
