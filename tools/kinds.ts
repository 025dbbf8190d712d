/**
 * Writes the lists of all kinds of firewalls and of their loaders, from the files that export one:
 * a new kind is two files, and no list is edited by hand. With --check it only says whether a list
 * is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface List {
  readonly folder: string
  readonly file: string
  /** What each file exports. */
  readonly exported: string
  readonly type: string
  readonly typeFrom: string
  readonly name: string
}

const LISTS: readonly List[] = [
  {
    ...{ folder: 'src/firewall/kinds', file: 'all.ts', name: 'ALL' },
    ...{ exported: 'kind', type: 'FirewallKind', typeFrom: './kind.ts' },
  },
  {
    ...{ folder: 'harness/firewall', file: 'all-loaders.ts', name: 'ALL_LOADERS' },
    ...{ exported: 'loader', type: 'Loader', typeFrom: './loader.ts' },
  },
]

const ROOT = join(import.meta.dirname, '..')

/** The text of each list, by its path. */
export const kindLists = (root = ROOT): ReadonlyMap<string, string> =>
  new Map(LISTS.map((list) => [join(root, list.folder, list.file), textOf(list, root)]))

/** Lists whose text is not what their folder makes of it. */
export const staleLists = (): string[] =>
  [...kindLists()]
    .filter(([path, text]) => readFileSync(path, 'utf8') !== text)
    .map(([path]) => path)

function textOf({ folder, exported, type, typeFrom, name }: List, root: string): string {
  const declaration = new RegExp(`^export const ${exported}\\b`, 'm')
  const files = readdirSync(join(root, folder))
    .filter((file) => /^[a-z\d-]+\.ts$/.test(file))
    .filter((file) => declaration.test(readFileSync(join(root, folder, file), 'utf8')))
    .sort()
  const nameOf = (file: string): string => file.replace(/^load-|\.ts$/g, '').replaceAll('-', '_')
  const imports = [
    ...files.map((file) => [`./${file}`, `import { ${exported} as ${nameOf(file)} }`] as const),
    [typeFrom, `import type { ${type} }`] as const,
  ].sort(([one], [other]) => (one < other ? -1 : 1))
  return [
    '/** Written by `npm run kinds` from the files of this folder: do not edit it. */',
    ...imports.map(([from, what]) => `${what} from '${from}'`),
    '',
    `export const ${name}: readonly ${type}[] = [${files.map(nameOf).join(', ')}]`,
    '',
  ].join('\n')
}

if (import.meta.main) {
  const stale = staleLists()
  if (!process.argv.includes('--check'))
    for (const [path, text] of kindLists()) writeFileSync(path, text)
  else if (stale.length > 0) {
    process.stderr.write(`stale: ${stale.join(', ')}; run npm run kinds\n`)
    process.exitCode = 1
  }
}
