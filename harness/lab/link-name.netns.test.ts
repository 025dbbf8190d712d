/** Claim: a name that is admitted makes a lab in which packets pass, and what is refused is refused with exit code 2. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'

let folder: string
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const run = (...args: string[]) => nftproof(args, { cwd: folder })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-test-'))
  write('open.nft', 'table inet t { }\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

const REFUSED = ['all', 'default', '%d', 'a#b', '-x', 'a/b', 'a b', "q'q", 'lo', 'abcdefghijklmnop']

test.each([
  ['w0.0', 'w1.0'],
  ['é', 'a@b'],
  ['x,y', '42'],
  ['...', 'type'],
  ['*a', 'p-br0'],
])('packets pass interfaces called %j and %j', (...links) => {
  const [a, b] = links.map((link) => JSON.stringify(link))
  write('lab.yaml', `zones:\n  a: { link: ${a} }\n  b: { link: ${b} }\n`)
  const args = ['a', 'b', 'tcp/80', '--lab', 'lab.yaml', '--reporter', 'json']
  const { code, out, err } = run('explain', 'open.nft', ...args)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(JSON.parse(out).observation.outcome).toEqual({ kind: 'open' })
})

/** One error for each link, at the line that it has. */
function expectErrors(err: string, starts: readonly string[]): void {
  const lines = err
    .replace(/^nftproof: /, '')
    .trimEnd()
    .split('\n')
  const found = lines.map((line, i) => line.trim().slice(0, starts[i]?.length))
  expect(found).toEqual(starts)
}

describe(`the interface names ${REFUSED.map((link) => JSON.stringify(link)).join(', ')}`, () => {
  const zones = REFUSED.map((link, i) => [`z${i}`, JSON.stringify(link)] as const)

  test('are refused in a lab file', () => {
    const links = zones.map(([zone, link]) => `  ${zone}:\n    link: ${link}\n`)
    write('lab.yaml', `zones:\n${links.join('')}  b: { link: plain }\n`)
    const { code, err } = run('explain', 'open.nft', 'z0', 'b', 'tcp/80', '--lab', 'lab.yaml')
    expectErrors(
      err,
      zones.map(([, link], i) => `lab.yaml:${2 * i + 3}:11: link ${link}: `),
    )
    expect(code).toBe(2)
  })

  test('are refused as the interfaces of zones of a scenario', () => {
    const names = zones.map(([zone]) => zone)
    write('policy.yaml', `policy: p\ntitle: t\nzones: [${names}, b]\nstatements: []\n`)
    const head = 'title: t\nrequirement: r\nsource: s\nfirewall: open.nft\npolicy: policy.yaml'
    const links = zones.map(([zone, link]) => `  ${zone}: ${link}\n`)
    write('claim.yaml', `${head}\nzones:\n${links.join('')}  b: plain\n`)
    const { code, err } = run('run', 'claim.yaml', '--no-save')
    expectErrors(
      err,
      zones.map(([zone, link], i) => `claim.yaml:${i + 7}:7: ${zone} ${link}: `),
    )
    expect(code).toBe(2)
  })
})

describe('a rule with an interface name', () => {
  const IMPOSSIBLE =
    'nft accepts the rule, but no packet can match it: write the name that "ip link" shows on the firewall'
  const UNUSABLE =
    'Linux accepts the name, but a lab cannot have such an interface: test a copy of the ruleset in which it has another name'
  const RULES = [
    ...['all', 'default', '%d', 'a b', 'a/b', 'a:b', '.', '..'].map((name) => [name, IMPOSSIBLE]),
    ...['a#b', "a'b", '-x'].map((name) => [name, UNUSABLE]),
  ] as const

  test.each([
    [['diff', 'named.nft', 'open.nft', '--quick']],
    [['explain', 'named.nft', 'outside', 'firewall', 'tcp/80']],
    [['lab', 'infer', 'named.nft']],
  ])('that no lab can have is legal, and refused by %j', (args) => {
    const rules = RULES.map(([name]) => `    iifname "${name}" drop\n`).join('')
    const hook = 'type filter hook input priority 0;'
    write('named.nft', `table inet t {\n  chain c {\n    ${hook}\n${rules}  }\n}\n`)
    const { code, out, err } = run(...args)
    expectErrors(
      err,
      RULES.map(([name], i) => `named.nft:${i + 4}:14: interface "${name}": `),
    )
    for (const [i, [, remedy]] of RULES.entries()) expect(err.split('\n')[i]).toContain(remedy)
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  test('such an interface is left out of a lab file', () => {
    write('named.nft', 'table inet t {\n}\n# iifname "all"\n')
    write('lab.yaml', 'zones:\n  a: { link: up0 }\n  b: { link: down0 }\n')
    const args = ['a', 'b', 'tcp/80', '--lab', 'lab.yaml']
    expect(run('explain', 'named.nft', ...args).code).toBe(0)
  })
})

test('such an interface is refused on the command line', () => {
  write('egress.yaml', 'policy: e\ntitle: t\ndirection: egress\n')
  const { code, err } = run(
    'compile',
    'default-egress',
    '--bundled',
    '--project',
    'x=all,10.9.0.0/24',
  )
  expect(err).toContain('--project x: link "all": is not an interface')
  expect(code).toBe(2)
  const wired = run('run', 'default-egress', '--bundled', '--target', 'nic:shop=a#b')
  expect(wired.err).toContain('interface "a#b": must have no "#"')
  expect(wired.code).toBe(2)
})
