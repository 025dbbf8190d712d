/** The files of the project that are neither tests nor fixtures, and what each of them imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

export const ROOT = new URL('../..', import.meta.url).pathname

export type Graph = ReadonlyMap<string, ReadonlySet<string>>

export function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?ts$|\.mjs$/.test(name) && !/\.test\.ts$|fixtures\.ts$/.test(name))
    .map((name) => join(folder, name))
}

/** Modules that a file imports: packages by name, own files by their path from the root. */
export function imports(file: string, { types = true } = {}): string[] {
  return importsIn(readFileSync(join(ROOT, file), 'utf8'), { types }).map((name) =>
    name.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), name)) : name,
  )
}

/** Also what is loaded later, and what only a type needs. */
export function importsIn(all: string, { types = true } = {}): string[] {
  const text = types ? all : all.replaceAll(/^(?:import|export) type\s[^'"]*?\sfrom '[^']+'/gm, '')
  const statements =
    /^(?:import|export)\s[^'"]*?\sfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm
  return [...text.matchAll(statements)].map((m) => m[1] ?? m[2] ?? m[3]!)
}

/** Own files by the own files that they import. */
export function graphOf(files: readonly string[]): Graph {
  const own = new Set(files)
  return new Map(files.map((file) => [file, new Set(imports(file).filter((one) => own.has(one)))]))
}

/** The same of the folders of files; a folder never imports itself. */
export function foldersOf(files: Graph): Graph {
  const folders = new Map<string, Set<string>>()
  for (const [file, imported] of files) {
    const from = dirname(file)
    const to = folders.get(from) ?? new Set()
    folders.set(from, to)
    for (const one of imported) if (dirname(one) !== from) to.add(dirname(one))
  }
  return folders
}
