/** The documents: the pages beside the code, and those of docs/. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = new URL('../..', import.meta.url).pathname

const BESIDE = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'results/README.md']

/** Paths from the root, sorted. */
export function pagePaths(): string[] {
  return [
    ...BESIDE.filter((path) => existsSync(join(ROOT, path))),
    ...globSync('docs/**/*.md', { cwd: ROOT }).sort(),
  ]
}

export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
