/** Where a path leads once all symbolic links are followed, also where nothing is there: the way to a missing file counts, too. */
import { lstatSync, readlinkSync } from 'node:fs'

/** Links after which the kernel gives up (path_resolution(7)). */
const MOST_LINKS = 40

/**
 * The real path. What is missing, or cannot be looked at, is taken as it is
 * written. Undefined where links go round in circles, and for a name that no
 * file can have.
 */
export function followed(path: string): string | undefined {
  if (path.includes('\0')) return undefined
  const left = partsOf(path.startsWith('/') ? path : `${process.cwd()}/${path}`)
  let at = '/'
  for (let links = 0; left.length > 0; ) {
    const part = left.shift()!
    const next = joined(at, part)
    const target = linkAt(next)
    if (target === undefined) {
      at = next
      continue
    }
    if (++links > MOST_LINKS) return undefined
    left.unshift(...partsOf(target))
    if (target.startsWith('/')) at = '/'
  }
  return at
}

const partsOf = (path: string): string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.')

/** As the kernel takes it: `at` has no links in it, so that `..` is the folder above. */
function joined(at: string, part: string): string {
  if (part === '..') return at.slice(0, at.lastIndexOf('/')) || '/'
  return at === '/' ? `/${part}` : `${at}/${part}`
}

function linkAt(path: string): string | undefined {
  try {
    if (!lstatSync(path).isSymbolicLink()) return undefined
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
