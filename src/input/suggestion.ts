/** Suggests the known name that an unknown name probably means. */
import { distance } from 'fastest-levenshtein'
import { quoted } from './quoted.ts'

/** If no name is near, all known names are listed, up to this many. */
const LISTED = 12
/** Longer names are not compared, because typing errors are short. */
const LONGEST = 64

/** ` — did you mean "otherwise"?`, or the known names where nothing is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  if (near !== undefined) return ` — did you mean ${quoted(near)}?`
  if (known.length === 0) return ''
  const listed = known.slice(0, LISTED).map((one) => one.slice(0, LONGEST))
  const more = known.length - listed.length
  return ` — known: ${listed.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`
}

/** The first of the nearest names, if it is near enough. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined
  let best: string | undefined
  let least = Math.floor(Math.max(2, name.length / 3)) + 1
  for (const one of known) {
    // The distance is at least the difference in length.
    if (Math.abs(one.length - name.length) >= least) continue
    const far = distance(name, one)
    if (far < least) [best, least] = [one, far]
  }
  return best
}
