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
  write('policy.yaml', 'policy: p\ntitle: t\nzones: [a, b]\nstatements: []\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

const REFUSED = ['all', 'default', '%d', 'a#b', '-x', 'a/b', 'a b', "q'q", 'lo', 'abcdefghijklmnop']

test.each(['w0.0', 'w1.0', 'é', 'a@b', 'x,y', '42', '...', 'type', '*a', 'p-br0'])(
  'packets pass an interface called %j',
  (link) => {
    write('lab.yaml', `zones:\n  a: { link: ${JSON.stringify(link)} }\n  b: { link: plain }\n`)
    const args = ['a', 'b', 'tcp/80', '--lab', 'lab.yaml', '--reporter', 'json']
    const { code, out, err } = run('explain', 'open.nft', ...args)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out).observation.outcome).toEqual({ kind: 'open' })
  },
)

describe.each(REFUSED)('the interface name %j', (link) => {
  const quoted = JSON.stringify(link)

  test('is refused in a lab file', () => {
    write('lab.yaml', `zones:\n  a:\n    link: ${quoted}\n  b: { link: plain }\n`)
    const { code, err } = run('explain', 'open.nft', 'a', 'b', 'tcp/80', '--lab', 'lab.yaml')
    expect(err).toContain(`lab.yaml:3:11: link ${quoted}: `)
    expect(code).toBe(2)
  })

  test('is refused as the interface of a zone of a scenario', () => {
    const head = 'title: t\nrequirement: r\nsource: s\nfirewall: open.nft\npolicy: policy.yaml'
    write('claim.yaml', `${head}\nzones:\n  a: ${quoted}\n  b: plain\n`)
    const { code, err } = run('run', 'claim.yaml', '--no-save')
    expect(err).toMatch(/^nftproof: claim\.yaml:7:6: /)
    expect(err).toContain(quoted)
    expect(code).toBe(2)
  })
})

describe('a rule with an interface name', () => {
  const IMPOSSIBLE =
    'nft accepts the rule, but no packet can match it: write the name that "ip link" shows on the firewall'
  const UNUSABLE =
    'Linux accepts the name, but a lab cannot have such an interface: test a copy of the ruleset in which it has another name'

  test.each([
    ...['all', 'default', '%d', 'a b', 'a/b', 'a:b', '.', '..'].map((name) => [name, IMPOSSIBLE]),
    ...['a#b', "a'b", '-x'].map((name) => [name, UNUSABLE]),
  ])('%s is legal, but no lab can have that interface', (name, remedy) => {
    const text = `table inet t {\n  chain c {\n    type filter hook input priority 0;\n    iifname "${name}" drop\n  }\n}\n`
    write('named.nft', text)
    for (const args of [
      ['diff', 'named.nft', 'open.nft', '--quick'],
      ['explain', 'named.nft', 'outside', 'firewall', 'tcp/80'],
      ['lab', 'infer', 'named.nft'],
    ]) {
      const { code, out, err } = run(...args)
      expect(err).toContain(`named.nft:4:14: interface "${name}": `)
      expect(err).toContain(remedy)
      expect({ code, out }).toEqual({ code: 2, out: '' })
    }
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
