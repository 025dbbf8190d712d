/** Lists of tested files and firewalls: built, united and compared. */
import type { Inferred } from './inferred.ts'
import type { testedSchema } from './tested-schema.ts'

export type Tested = Inferred<typeof testedSchema>
export type TestedFile = Tested['files'][number]
export type TestedFirewall = NonNullable<Tested['firewalls']>[number]

/** Each entry once, sorted. Files with the same path and different bytes stay separate. */
export function testedOf(files: Iterable<TestedFile>, firewalls: Iterable<TestedFirewall>): Tested {
  const ids = sortedBy(firewalls, ({ origin, what, sha256 }) => [origin, what, sha256])
  return {
    files: sortedBy(files, ({ path, sha256 }) => [path, sha256]),
    ...(ids.length > 0 ? { firewalls: ids } : {}),
  }
}

export const unionOf = (all: readonly Tested[]): Tested =>
  testedOf(
    all.flatMap(({ files }) => files),
    all.flatMap(({ firewalls = [] }) => firewalls),
  )

/** Paths that both results read, with different bytes. */
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
