/**
 * Builds the package into dist/: what is started (harness/system/module-url.ts) and
 * the library, each bundled from its sources, and the library's types. A file loads
 * in a third of the time that its two hundred modules take. An argument names another
 * folder: it gets only what is started (tools/testing/built.ts).
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CodeSplittingGroup,
  type OutputChunk,
  type OutputOptions,
  type RolldownOutput,
  rolldown,
} from 'rolldown'
import { STARTED } from '../harness/system/module-url.ts'

const [, , FOLDER] = process.argv
const DIST = FOLDER ?? 'dist'
/** Native, and optional: never part of a bundle. */
const EXTERNAL = ['koffi', 'testcontainers']
/** Loaded in part by each command, so it has files of its own for its parts. */
const COMMAND = 'nftproof'
/** What the supervisor loads, what every command loads, what starts the sandbox before all else is there, and the commands that must start fast. */
const PARTS = {
  main: 'harness/cli/main.ts',
  start: 'harness/cli/program.ts',
  sandbox: 'harness/sandbox/start.ts',
  doctor: 'harness/doctor/doctor.ts',
  list: 'harness/commands/run-list.ts',
  run: 'harness/commands/run.ts',
  diff: 'harness/commands/diff.ts',
} as const

rmSync(DIST, { recursive: true, force: true })
const { [COMMAND]: command, ...others } = STARTED
const chunks = [
  await bundle({ [COMMAND]: `${command}.ts` }, EXTERNAL),
  // One file each, so that a thread or a process opens just that one.
  ...(await Promise.all(
    Object.entries(others).map(([name, path]) => bundle({ [name]: `${path}.ts` }, EXTERNAL)),
  )),
  // A program that imports it has the packages that it depends on, and their types.
  ...(FOLDER ? [] : [await bundle({ index: 'src/index.ts' }, [/^[^./]/])]),
]
writeFileSync(join(DIST, 'LICENSES.txt'), licenses(chunks.flat()))
chmodSync(join(DIST, `${COMMAND}.js`), 0o755)
if (!FOLDER) writeTypes()

function writeTypes(): void {
  const command = ['node_modules/.bin/tsc', '-p', 'tsconfig.build.json'] as const
  const { status } = spawnSync(command[0], command.slice(1), { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

async function bundle(
  input: Record<string, string>,
  external: (string | RegExp)[],
): Promise<OutputChunk[]> {
  const build = await rolldown({
    input,
    external: [/^node:/, ...external],
    platform: 'node',
    // Some modules are loaded late by one command, and at once by another.
    checks: { ineffectiveDynamicImport: false },
  })
  const [name] = Object.keys(input)
  const options: OutputOptions = {
    dir: DIST,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: `${name}-[name]-[hash].js`,
  }
  const first = chunksOf(await build.generate(options))
  const written = await build.write({ ...options, codeSplitting: { groups: partsOf(first) } })
  await build.close()
  return chunksOf(written)
}

function chunksOf({ output }: RolldownOutput): OutputChunk[] {
  return output.filter((one) => one.type === 'chunk')
}

/**
 * The bundler gives each set of modules that load the same others a file of its own: a
 * hundred of them. Only those of the commonest commands are told apart here.
 */
function partsOf(chunks: readonly OutputChunk[]): CodeSplittingGroup[] {
  const parts = new Map<string, { users: number; modules: Set<string> }>()
  const users = Object.entries(PARTS).map(([name, path]) => {
    const user = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/${path}`))
    return { name, modules: new Set(user ? modulesBelow(user, chunks) : []) }
  })
  for (const id of new Set(users.flatMap(({ modules }) => [...modules]))) {
    // What it loads must not wait for it, as it waits for that.
    if (id.endsWith(PARTS.main) || id.endsWith(PARTS.start)) continue
    const own = users.filter(({ modules }) => modules.has(id))
    const first = own[0]!.name
    const isEarly = first === 'main' || first === 'start'
    const key = isEarly ? first : own.map(({ name }) => name).join('-')
    const part = parts.get(key) ?? {
      users: users.length + (first === 'main' ? 2 : isEarly ? 1 : own.length - users.length),
      modules: new Set(),
    }
    part.modules.add(id)
    parts.set(key, part)
  }
  // What a module needs has at least its users, and stays where they find it.
  return [...parts].map(([name, { users, modules }]) => ({
    name,
    priority: users,
    test: (id) => modules.has(id),
  }))
}

function modulesBelow(
  start: OutputChunk,
  chunks: readonly OutputChunk[],
  seen = new Set<OutputChunk>(),
): string[] {
  seen.add(start)
  const below = chunks.filter((one) => start.imports.includes(one.fileName) && !seen.has(one))
  return [...start.moduleIds, ...below.flatMap((one) => modulesBelow(one, chunks, seen))]
}

/** Of every package of which something is in the bundles. */
function licenses(chunks: readonly OutputChunk[]): string {
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds)
  const packages = new Set(
    modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
  )
  return [...packages].sort().map(licenseOf).join('\n')
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
  if (!file) throw new Error(`${name}: there is no licence to be shipped with it`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
}
