/**
 * The files that an include names: by a relative or absolute path or with wildcards, and always
 * inside the root.
 */

import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { fits, isWildcard } from '../../src/nft/text/glob.ts'
import { outsideWords } from '../system/file-root.ts'
import { followed } from '../system/followed-path.ts'
import { isWithin } from '../system/within.ts'
import { besideInRevision, type Revisioned, relativeTo } from './git.ts'
import type { Origin } from './origin.ts'

/** The folder in which nft searches relative names last (DEFAULT_INCLUDE_PATH). */
const LAST_FOLDER = '/etc'
/** At most this many folder entries are compared with wildcards. */
const MOST_ENTRIES = 100_000

/**
 * In the order of nft, by name; or the reason why there is none. `root`: the real path of the
 * folder that must contain them.
 */
export function includedFiles(pattern: string, origin: Origin, root: string): Origin[] | string {
  if (/[\0\n]/.test(pattern)) return 'no file matches this name'
  if (origin.kind === 'revision' && !isAbsolute(pattern)) return inRevision(pattern, origin)
  const beside = origin.kind === 'file' ? dirname(resolve(origin.path)) : '/'
  const found = new Search(root).files(isAbsolute(pattern) ? '/' : beside, pattern)
  if (typeof found === 'string') return found
  const all = found.length === 0 && isSearched(pattern) ? inLastFolder(pattern, root) : found
  if (typeof all === 'string') return all
  if (all.length === 0 && !isWildcard(pattern)) return 'no such file'
  return all.map((path) => ({ kind: 'file', path, root }))
}

/** As in nft: names that do not begin with a slash or with a relative folder. */
const isSearched = (pattern: string): boolean => !/^(?:\/|\.\.?\/)/.test(pattern)

/** nft would take an existing file. If it cannot be read, "no such file" would be wrong. */
function inLastFolder(pattern: string, root: string): string[] | string {
  if (isWithin(root, LAST_FOLDER)) return new Search(root).files(LAST_FOLDER, pattern)
  const path = `${LAST_FOLDER}/${pattern}`
  const isThere = !isWildcard(pattern) && isFile(path)
  return isThere ? outsideWords(root) : []
}

class Search {
  readonly #root: string
  #left = MOST_ENTRIES

  constructor(root: string) {
    this.#root = root
  }

  files(folder: string, pattern: string): string[] | string {
    let found = [folder]
    for (const part of pattern.split('/').filter((word) => word !== '' && word !== '.')) {
      const next: string[] = []
      for (const at of found) {
        const all = isWildcard(part) ? this.#matches(at, part) : [`${at}/${part}`]
        if (typeof all === 'string') return all
        for (const path of all) next.push(path)
      }
      found = next
    }
    if (found.some((path) => this.#leadsOut(path))) return outsideWords(this.#root)
    return found.filter(isFile).map(plain)
  }

  /** A folder outside the root is not read: not even its file names become visible. */
  #matches(folder: string, pattern: string): string[] | string {
    if (this.#leadsOut(folder)) return outsideWords(this.#root)
    const names = entriesOf(folder)
    this.#left -= names.length
    if (this.#left < 0)
      return `the search exceeds ${MOST_ENTRIES.toLocaleString('en')} files: name a folder with fewer`
    return names.filter((name) => fits(name, pattern)).map((name) => `${folder}/${name}`)
  }

  #leadsOut(path: string): boolean {
    const real = followed(path)
    return real === undefined || !isWithin(this.#root, real)
  }
}

/** Without `..`, unless it follows a link and leads elsewhere. */
function plain(path: string): string {
  const short = resolve(path)
  return followed(short) === followed(path) ? short : followed(path)!
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** Anything but a folder. Whether it can be read shows later. */
function isFile(path: string): boolean {
  try {
    return !statSync(path).isDirectory()
  } catch {
    return false
  }
}

function inRevision(pattern: string, origin: Revisioned): Origin[] | string {
  const whole = relativeTo(origin, pattern)
  const found = besideInRevision(whole)
    .filter((name) => fits(name, basename(pattern)))
    .sort()
    .map((name): Origin => ({ kind: 'revision', ...relativeTo(whole, name) }))
  return found.length === 0 && !isWildcard(pattern) ? 'no such file' : found
}
