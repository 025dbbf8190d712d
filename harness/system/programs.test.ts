/**
 * Every program that is called has its packages in programs.json. What findProgram
 * and the functions of this project are given, the compiler checks (Program);
 * here all calls are looked through, those by a bare name and in shell scripts too.
 */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAst } from 'vitest/node'
import { commandsOf } from '../../tools/testing/shell-words.ts'
import { debianPackages, isProgram, RUN_PROGRAMS } from './find-program.ts'
import table from './programs.json' with { type: 'json' }

const ROOT = new URL('../..', import.meta.url).pathname
const TYPESCRIPT = globSync('{harness,tools,examples}/**/*.{ts,mjs}', { cwd: ROOT })
const SHELL = [...globSync('{harness,tools,examples}/**/*.sh', { cwd: ROOT }), '.ci/run']

/** node:child_process's own, and findProgram. */
const CALLS: Readonly<Record<string, number>> = {
  findProgram: 0,
  spawn: 0,
  spawnSync: 0,
  execFile: 0,
  execFileSync: 0,
}

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

function* nodesIn(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value) && 'type' in value) yield value as Node
  for (const part of Object.values(value)) yield* nodesIn(part)
}

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const nodesOf = (file: string): Node[] => [...nodesIn(parseAst(read(file), { lang: 'ts' }))]
const all = new Map(TYPESCRIPT.map((file) => [file, nodesOf(file)]))

/** Text of a literal, or of a template with a question mark in place of each expression. */
function textOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node?.type !== 'TemplateLiteral') return undefined
  const parts = node.quasis as { value: { cooked: string } }[]
  return parts.map(({ value }) => value.cooked).join('?')
}

const nameOf = (node: unknown): string | undefined =>
  (node as Node | undefined)?.type === 'Identifier' ? ((node as Node).name as string) : undefined

/** Functions of a file that are given a program: name → place of the parameter. */
function givenPrograms(nodes: readonly Node[]): [string, number][] {
  return nodes.flatMap((node) => {
    const name = nameOf(node.id)
    const given = (node.type === 'FunctionDeclaration' ? node : node.init) as Node | undefined
    if (name === undefined || !Array.isArray(given?.params)) return []
    return [[name, given.params.findIndex((one) => nameOf(one) === 'program')] as [string, number]]
  })
}

const shared = Object.fromEntries(
  [...all.values()].flatMap(givenPrograms).filter(([, at]) => at >= 0),
)

/** Programs that a file names in a call, and arrays that begin with one and are called a command. */
function namedBy(nodes: readonly Node[]): string[] {
  const own = Object.fromEntries(givenPrograms(nodes))
  const calls = { ...shared, ...own, ...CALLS }
  return nodes.flatMap((node) => {
    if (node.type === 'CallExpression') {
      const callee = nameOf(node.callee) ?? ''
      const given = (node.arguments as Node[])[calls[callee] ?? -1]
      // What is put together for a function of ours, its type says.
      const isTyped = !Object.hasOwn(CALLS, callee) || callee === 'findProgram'
      return isTyped && given?.type !== 'Literal' ? [] : (textOf(given) ?? [])
    }
    const isCommand = /command|lead|enter|words|argv/i.test(nameOf(node.id ?? node.key) ?? '')
    const array = (node.init ?? node.value) as Node | undefined
    if (!isCommand || array?.type !== 'ArrayExpression') return []
    return textOf((array.elements as Node[])[0]) ?? []
  })
}

const isBareName = (text: string): boolean => /^[a-z?][\w?-]*$/.test(text)

/** What stands behind `-c`, itself or by the name of a constant. */
function scriptsIn(nodes: readonly Node[]): string[] {
  const constants = new Map(
    nodes.flatMap(({ id, init }) => {
      const text = textOf(init as Node | undefined)
      return nameOf(id) === undefined || text === undefined ? [] : [[nameOf(id)!, text] as const]
    }),
  )
  return nodes.flatMap(({ elements, arguments: args }) => {
    const list = (elements ?? args) as Node[] | undefined
    if (!Array.isArray(list)) return []
    const at = list.findIndex((one) => /^-e?u?c$/.test(textOf(one) ?? ''))
    const script = at < 0 ? undefined : list[at + 1]
    return textOf(script) ?? constants.get(nameOf(script) ?? '') ?? []
  })
}

/** Words that are no programs of a machine that measures. */
const NO_PROGRAM: Readonly<Record<string, string>> = {
  node: "the project's own",
  nftproof: "the project's own",
  vitest: "the project's own",
  'apt-get': 'installs the others',
  'apt-config': 'belongs to apt-get',
  netns: 'a word of ip(8)',
}

const unknown = (names: readonly string[]): string[] =>
  [...new Set(names)].filter((name) => !isProgram(name) && !Object.hasOwn(NO_PROGRAM, name))

describe('every program is in the table that is called by', () => {
  test.each(TYPESCRIPT)('%s', (file) => {
    const nodes = all.get(file)!
    const named = namedBy(nodes).filter(isBareName)
    expect(unknown([...named, ...scriptsIn(nodes).flatMap(commandsOf)])).toEqual([])
  })

  test.each(SHELL)('%s', (file) => {
    expect(unknown(commandsOf(read(file)))).toEqual([])
  })
})

test('calls are found by name, by our functions, in arrays and in shell scripts', () => {
  const nodes = [
    ...nodesIn(
      parseAst(
        `import { spawnSync } from 'node:child_process'
const said = (net: string, program: string) => spawnSync('frobnicate', [net])
said('x', 'conjure'); spawnSync(\`\${kind}-restore\`); findProgram('divine')
const command = ['summon', '--now']
const SCRIPT = \`set -e
if invoke 2> /dev/null; then a=1 enchant; fi # not this\`
spawnSync('sh', ['-c', SCRIPT])`,
        { lang: 'ts' },
      ),
    ),
  ]
  expect(namedBy(nodes)).toEqual(
    expect.arrayContaining(['frobnicate', 'conjure', '?-restore', 'divine', 'summon', 'sh']),
  )
  expect(scriptsIn(nodes).flatMap(commandsOf)).toEqual(['invoke', 'enchant'])
})

describe('the table', () => {
  const managers = Object.keys(table.managers).length
  const rows = [table.run, table.tests, table.beside].flatMap((group) => Object.entries(group))

  test.each(rows)('%s: a package for each manager', (_, row) => {
    expect(row).toHaveLength(managers)
  })

  test('only these programs lack a package', () => {
    const without = rows.filter(([, row]) => row.includes(null as never)).map(([names]) => names)
    expect(without).toEqual(['mmdebstrap', 'vagrant'])
  })

  test('no program is listed twice', () => {
    const names = rows.flatMap(([key]) => key.split(' '))
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })
})

test('the image for other machines has every package that a run needs', () => {
  const [, line = ''] = /apt-get install (.*) \\$/m.exec(read('tools/container/Dockerfile')) ?? []
  const named = line.split(' ').filter((word) => !word.startsWith('-'))
  // Every Debian has these (essential: yes).
  const ESSENTIAL = ['dash', 'coreutils', 'diffutils', 'grep', 'tar']
  expect([...named, ...ESSENTIAL].sort()).toEqual(debianPackages(RUN_PROGRAMS).sort())
})

test('the searched files exist', () => {
  expect(TYPESCRIPT.length).toBeGreaterThan(150)
  expect(SHELL.map((file) => basename(file))).toContain('images.sh')
})
