/** Claim: a difference between places is told in ranges, and a place where nothing could be run is never the same. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ended, nftproof } from '../../tools/testing/command.ts'
import { SCENARIOS } from '../../tools/testing/wrong.ts'

const NARROW = ['--ports', '20-30', '--protocol', 'tcp', '--family', 'ipv4']
const RUN = ['--scenarios', SCENARIOS, ...NARROW]

const run = (...args: string[]): Ended => nftproof(['run', 'default-egress', ...RUN, ...args])
const matrix = (...args: string[]): Ended => nftproof(['matrix', 'default-egress', ...RUN, ...args])

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** As the policy, but for SMTP. */
const LEAKING = `table inet t {
  chain forward {
    type filter hook forward priority 0; policy accept
    iifname "shop0" tcp dport { 20-21, 23-24, 26-30 } drop
  }
}
`

test('two targets with the same firewall do not differ', () => {
  const { code, out } = matrix('--target', 'here', '--target', 'again=here')
  expect(out).toContain('✔ no difference: 1 scenario on 2 targets, and all conform')
  expect(code).toBe(0)
})

test('a port that is open in one target only is the only difference', () => {
  const [ruleset, found] = ['leaking.nft', 'leaking.json'].map((name) => join(folder, name))
  writeFileSync(ruleset!, LEAKING)
  const { out: result } = run('--ruleset', ruleset!, '--reporter', 'json', '--no-save')
  writeFileSync(found!, result)
  const { code, out } = matrix(
    ...['--target', 'here', '--target', `other=result:${found}`],
    ...['--out', join(folder, 'out'), '--reporter', `markdown=${join(folder, 'matrix.md')}`],
  )
  expect(out).toContain('default-egress · shop → internet · IPv4 · TCP')
  expect(out.match(/✘ \d+: here: .*/g)).toEqual(['✘ 25: here: dropped; other: open'])
  expect(code).toBe(1)
  expect(readdirSync(join(folder, 'out')).sort()).toEqual([
    'here.json',
    'matrix.json',
    'other.json',
  ])
  expect(readFileSync(join(folder, 'matrix.md'), 'utf8')).toContain(
    '25: here: dropped; other: open',
  )
})

test('input errors are reported before anything is compared', () => {
  const { code, err } = matrix('--target', 'here', '--target', 'again=here', '--at', 'someday')
  expect(err).toContain('someday')
  expect(code).toBe(2)
})

test('a target that fails does not stop the others; when all fail, only that is reported', () => {
  const refused = join(folder, 'refused.nft')
  writeFileSync(refused, 'table inet t {\n  chain c {\n    tcp dport 99999 drop\n  }\n}\n')
  const one = matrix('--target', 'here', '--target', 'gone=netns:no-such-namespace')
  expect(one.out).toMatch(/gone: netns:no-such-namespace, not run/)
  expect(one.out).toContain('? some results are unknown')
  // Only root can enter an existing namespace. Other users get exit code 3 for every name.
  expect(one.code).toBe(process.geteuid?.() === 0 ? 2 : 3)
  const { code, out, err } = matrix(
    '--target',
    'here',
    '--target',
    'again=here',
    '--ruleset',
    refused,
  )
  expect(err).toMatch(/refused\.nft:3:\d+-\d+: Error/)
  expect({ code, out }).toEqual({ code: 2, out: '' })
})

test('an invalid result file is reported before anything is measured', () => {
  const { code, out, err } = matrix(
    '--target',
    'here',
    '--target',
    `b=result:${join(folder, 'none.json')}`,
  )
  expect(err).toMatch(/none\.json/)
  expect(err).not.toContain('here …')
  expect({ code, out }).toEqual({ code: 2, out: '' })
})
