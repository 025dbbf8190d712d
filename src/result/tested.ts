/** Collects and compares the identities that results are based on. */
import type { Inferred } from './inferred.ts'
import type { testedSchema } from './tested-schema.ts'

export type Tested = Inferred<typeof testedSchema>
export type TestedFile = Tested['files'][number]
export type TestedFolder = NonNullable<Tested['folders']>[number]
export type TestedFirewall = NonNullable<Tested['firewalls']>[number]

export interface TestedParts {
  readonly files: Iterable<TestedFile>
  readonly folders: Iterable<TestedFolder>
  readonly firewalls: Iterable<TestedFirewall>
}

/** Each entry once, sorted. Files with the same path and different bytes stay separate. */
export function testedOf(parts: TestedParts): Tested {
  const folders = sortedBy(parts.folders, ({ path, covers, sha256 }) => [path, covers, sha256])
  const firewalls = sortedBy(parts.firewalls, (one) => [one.origin, one.what, identityOf(one)])
  return {
    files: sortedBy(parts.files, ({ path, sha256 }) => [path, sha256]),
    ...(folders.length > 0 ? { folders } : {}),
    ...(firewalls.length > 0 ? { firewalls } : {}),
  }
}

const identityOf = (one: TestedFirewall): string =>
  one.what === 'interfaces' ? JSON.stringify(one.interfaces) : one.sha256

export const unionOf = (all: readonly Tested[]): Tested =>
  testedOf({
    files: all.flatMap(({ files }) => files),
    folders: all.flatMap(({ folders = [] }) => folders),
    firewalls: all.flatMap(({ firewalls = [] }) => firewalls),
  })

/**
 * Paths of files of which both read something, but not the same bytes. Folders
 * are not compared: machines may differ in files that no script reads.
 */
export function differing(one: Tested, other: Tested): string[] {
  const [mine, theirs] = [bytesByPath(one), bytesByPath(other)]
  return [...mine].flatMap(([path, bytes]) => {
    const those = theirs.get(path)
    return those === undefined || those === bytes ? [] : [path]
  })
}

function bytesByPath({ files }: Tested): Map<string, string> {
  const byPath = Map.groupBy(files, ({ path }) => path)
  return new Map([...byPath].map(([path, own]) => [path, own.map((one) => one.sha256).join(' ')]))
}

function sortedBy<T>(all: Iterable<T>, keysOf: (one: T) => readonly string[]): T[] {
  const byKey = new Map([...all].map((one) => [keysOf(one).join('\0'), one]))
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}
