/** JSON lines, the form in which databases export: one document a line, which is its place. */
import type { Place } from '../policy/policy.ts'
import type { Parsed } from './document.ts'
import { MAX_DEPTH, MAX_LENGTH } from './limits.ts'

/** Empty lines are skipped. */
export function* parseJsonLines(text: string, file: string): Generator<Parsed> {
  if (text.trim() === '') yield fault({ file, line: 1, column: 1 }, 'the file is empty')
  // Not split at once: there may be a hundred thousand.
  for (let line = 1, from = 0; from < text.length; line++) {
    const end = text.indexOf('\n', from)
    const json = text.slice(from, end < 0 ? text.length : end)
    if (json.trim() !== '') yield parseLine(json, { file, line, column: 1 })
    from = end < 0 ? text.length : end + 1
  }
}

function parseLine(json: string, at: Place): Parsed {
  if (json.length > MAX_LENGTH)
    return fault(at, `the line has ${json.length} characters; at most ${MAX_LENGTH} are read`)
  let value: unknown
  try {
    value = JSON.parse(json.replace(/^\uFEFF/, ''))
  } catch (error) {
    return fault(at, `not JSON: ${(error as Error).message}`)
  }
  if (isDeep(value)) return fault(at, `nested deeper than ${MAX_DEPTH} levels`)
  return { ok: true, document: { value, problems: [], place: () => at, keyPlace: () => at } }
}

const fault = (at: Place, message: string): Parsed => ({ ok: false, problems: [{ at, message }] })

const isDeep = (value: unknown, depth = 0): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (depth >= MAX_DEPTH || Object.values(value).some((one) => isDeep(one, depth + 1)))
