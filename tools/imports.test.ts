/** Which folder may import what, and nothing else. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ALLOWED } from './imports/allowed.ts'
import { circlesIn } from './imports/circles.ts'
import { foldersOf, graphOf, imports, importsIn, ROOT, sources } from './imports/read.ts'

const PURE_PACKAGES = [
  'zod',
  'yaml',
  'cli-table3',
  'fast-xml-parser',
  'fastest-levenshtein',
  'ipaddr.js',
]

const FILES = graphOf(['src', 'harness', 'tools'].flatMap(sources))
const FOLDERS = foldersOf(FILES)
const arrows = (table: Iterable<readonly [string, Iterable<string>]>): string[] =>
  [...table].flatMap(([from, to]) => [...to].map((one) => `${from} → ${one}`)).sort()

test('imports are found', () => {
  expect(imports('src/policy/egress/read.ts')).toEqual(
    expect.arrayContaining(['src/policy/egress/schema.ts', 'src/net/port-set.ts']),
  )
  expect(imports('src/policy/egress/schema.ts')).toContain('zod')
  const text = `import a from './a.ts'
import type { B } from './b.ts'
import {
  c,
  type C,
} from './c.ts'
import './d.ts'
export * from './e.ts'
export type { F } from './f.ts'
type G = import('./g.ts').G
const h = await import('./h.ts')
// from './none.ts'
`
  expect(importsIn(text)).toEqual('abcdefgh'.split('').map((one) => `./${one}.ts`))
  const values = importsIn(text, { types: false })
  expect(values).not.toContain('./b.ts')
  expect(values).not.toContain('./f.ts')
})

describe('the files of src, harness and tools', () => {
  test('have no import circles, including types', () => {
    expect(circlesIn(FILES)).toEqual([])
  })

  test('are in folders without import circles or pairs', () => {
    expect(circlesIn(FOLDERS)).toEqual([])
    const pairs = [...FOLDERS].flatMap(([from, to]) =>
      [...to].filter((one) => FOLDERS.get(one)?.has(from)).map((one) => `${from} ↔ ${one}`),
    )
    expect(pairs).toEqual([])
  })

  test('import only from folders that tools/imports/allowed.ts allows', () => {
    const wrong = [...FILES].flatMap(([file, imported]) =>
      [...imported]
        .filter((one) => dirname(one) !== dirname(file))
        .filter((one) => ALLOWED[dirname(file)]?.[dirname(one)] === undefined)
        .map((one) => `${file} → ${one}: no arrow from ${dirname(file)} to ${dirname(one)}`),
    )
    expect(wrong).toEqual([])
  })

  test('use every arrow of that table, each with a reason', () => {
    const used = new Set(arrows(FOLDERS))
    const table = Object.entries(ALLOWED).map(([k, v]) => [k, Object.keys(v)] as const)
    expect(arrows(table).filter((arrow) => !used.has(arrow))).toEqual([])
    expect(Object.keys(ALLOWED).filter((folder) => !FOLDERS.has(folder))).toEqual([])
    for (const reason of Object.values(ALLOWED).flatMap((one) => Object.values(one)))
      expect(reason).toMatch(/^(?:[A-Z]|--|nmap)\S*( \S+){2,}\.$/)
  })

  test('import no tools in src and harness, and no harness in src', () => {
    const wrong = arrows(FOLDERS).filter((arrow) =>
      /^(?:src|harness).* → tools|^src.* → harness/.test(arrow),
    )
    expect(wrong).toEqual([])
  })
})

describe('src is pure', () => {
  test.each(sources('src'))('%s', (file) => {
    for (const name of imports(file)) {
      const allowed = name.startsWith('src/') || PURE_PACKAGES.includes(name)
      expect({ file, name, allowed }).toEqual({ file, name, allowed: true })
    }
    const code = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    expect(code).not.toMatch(
      /\b(process\.|Date\.now|new Date\(\)|Math\.random|performance\.|globalThis|fetch\()/,
    )
  })
})

/** Files of src that a file of it needs when it runs. */
function reachedFrom(file: string, seen = new Set<string>()): Set<string> {
  for (const name of imports(file, { types: false }))
    if (name.startsWith('src/') && !seen.has(name)) reachedFrom(name, seen.add(name))
  return seen
}

// The shape of their input (types) is common to both; what they do with it is not.
test.each(['src/ruleset/compile.ts', 'src/ruleset/zones.ts'])(
  'decide and %s share only the form of policies and the port sets',
  (compiler) => {
    const shared = new Set([
      'src/policy/policy.ts',
      // The name of the firewall itself.
      'src/lab/lab.ts',
      'src/net/interval-algebra.ts',
      'src/net/port-set.ts',
      'src/net/protocol.ts',
    ])
    const decide = reachedFrom('src/policy/decide.ts')
    const compile = reachedFrom(compiler)
    expect(decide).not.toContain(compiler)
    expect(compile).not.toContain('src/policy/decide.ts')
    expect([...decide].filter((name) => compile.has(name) && !shared.has(name))).toEqual([])
  },
)

const EVERYTHING = [...sources('src'), ...sources('harness'), ...sources('tools')]

test.each([
  ['execa', 'harness/system/exec.ts'],
  ['koffi', 'harness/kernel/syscalls.ts'],
  ['testcontainers', 'harness/provider/engine.ts'],
])('%s is imported by exactly one file, including its types: %s', (name, file) => {
  expect(EVERYTHING.filter((one) => imports(one).includes(name))).toEqual([file])
})

test.each([
  ['execa', 'harness/system/exec.ts'],
  ['testcontainers', 'harness/provider/engine.ts'],
])('%s is loaded only when it is called', (name, file) => {
  const text = readFileSync(join(ROOT, file), 'utf8')
  expect(text).toContain(`await import('${name}')`)
  expect(text.replaceAll(/^import type .*$/gm, '')).not.toContain(`from '${name}'`)
})

test('a sandbox thread loads few modules, because every lab has a new thread', () => {
  const reach = (file: string, seen = new Set<string>()): Set<string> => {
    for (const name of imports(file, { types: false }))
      if (!seen.has(name)) {
        seen.add(name)
        if (name.endsWith('.ts')) reach(name, seen)
      }
    return seen
  }
  const packages = [...reach('harness/sandbox/worker.ts')].filter(
    (name) => !/\.(?:ts|json)$|^node:/.test(name),
  )
  expect(packages.sort()).toEqual(['ipaddr.js', 'koffi'])
})

test('a run does not load execa, which takes longer than the programs that it starts', () => {
  const reach = (file: string, seen = new Set<string>()): Set<string> => {
    for (const name of imports(file, { types: false }))
      if (!seen.has(name)) {
        seen.add(name)
        if (name.endsWith('.ts')) reach(name, seen)
      }
    return seen
  }
  expect(reach('harness/system/exec.ts')).toContain('execa')
  expect(reach('harness/pipeline/run.ts')).not.toContain('execa')
})

test('zx is imported only by the scripts of the Vagrant machine', () => {
  const users = EVERYTHING.filter((one) => imports(one).includes('zx'))
  expect(users).toEqual(['tools/vagrant/provision.ts', 'tools/vagrant/verify.ts'])
})

/** Who may start child processes without a time limit, and why. All others use harness/system. */
const STARTERS: Readonly<Record<string, string>> = {
  'harness/system/exec.ts': 'the asynchronous helper itself',
  'harness/system/run-program-sync.ts': 'the synchronous helper itself',
  'harness/sandbox/sandbox.ts': 'the sandbox lives as long as the command, and talks over IPC',
  'harness/provider/netns-restore.ts':
    'the guard outlives the command; each of its programs has a limit',
  'harness/supervisor/supervise.ts': 'the command itself, which takes as long as it takes',
  'tools/build.ts': 'never shipped: builds the package',
}
/** Folders of which nothing is shipped: tests, benchmarks, engines for tests, the Vagrant lab. */
const NOT_SHIPPED =
  /^tools\/(?:testing|bench|container|docs|vagrant|fresh|mutants|soak|corpus|bootstrap)[/.]/

test('only the helpers with time limits, and a few listed files, start child processes', () => {
  const users = [...sources('harness'), ...sources('tools')].filter((file) =>
    imports(file).some((name) => /^(?:node:)?(?:child_process|cluster)$|^execa$|^zx$/.test(name)),
  )
  expect(users.filter((file) => !NOT_SHIPPED.test(file)).sort()).toEqual(
    Object.keys(STARTERS).sort(),
  )
})
