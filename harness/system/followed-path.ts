/**
 * The target of a path after all symbolic links, even if it does not exist: a path to a missing
 * file counts too.
 */
import { lstatSync, readlinkSync } from 'node:fs'

/** The kernel gives up after this many links (path_resolution(7)). */
const MOST_LINKS = 40

/**
 * The real path. Parts that do not exist or cannot be read are kept as written. Undefined for a
 * circle of links, and for a name that no file can have.
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

/** As in the kernel: `at` has no links, so `..` is its parent folder. */
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
