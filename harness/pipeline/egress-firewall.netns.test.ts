/**
 * Egress scenarios with the firewall itself at one end: the compiled input and output chains do what
 * the policy promises, whatever it promises, and holes in a given ruleset are found with their rule.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { runHere } from '../../tools/testing/wrong.ts'
import { isLoadedFirewallScenario, loadScenarios } from '../input/load.ts'

const folder = mkdtempSync(join(tmpdir(), 'nftproof-egress-firewall-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'policies'))
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const run = (...args: readonly string[]) =>
  nftproof(['run', 'firewall.yaml', '--no-save', ...args], { cwd: folder })

const policyText = (firewall: string): string => `policy: p
title: A router and its projects
direction: egress
blocked: drop
tcp: { allow: [{ ports: 443 }], otherwise: deny }
udp: { otherwise: deny }
icmp: { otherwise: deny }
protocols: { otherwise: deny }
inbound: { otherwise: deny }
${firewall}`

write(
  'policies/p.yaml',
  policyText(`firewall:
  otherwise: drop
  statements:
    - { from: project, to: firewall, allow: [tcp/53, udp/53, icmp/echo-request] }
    - { from: firewall, to: internet, allow: [tcp/53, tcp/443] }
`),
)
write('policies/silent.yaml', policyText(''))

const scenarioText = (policy: string): string => `title: The router itself
requirement: Projects resolve names at the router, and nothing else.
source: A test
policy: policies/${policy}.yaml
projects:
  shop: { link: shop0, addresses: [10.20.1.10/24, "2001:db8:20:1::10/64"] }
  blog: { link: blog0, addresses: [10.20.2.10/24, "2001:db8:20:2::10/64"] }
sweeps:
  - { from: "*", to: firewall }
  - { from: internet, to: firewall }
  - { from: firewall, to: internet }
  - { from: firewall, to: shop }
`
write('firewall.yaml', scenarioText('p'))
write('silent.yaml', scenarioText('silent'))

const EVERY = 'sweeps:\n  - { from: "*", to: internet }\n'

const given = (input: string, output: string): string => `table inet t {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    ${input}
    iifname { "shop0", "blog0" } meta l4proto { tcp, udp } th dport 53 accept
    iifname { "shop0", "blog0" } icmp type echo-request accept
    iifname { "shop0", "blog0" } icmpv6 type echo-request accept
  }
  chain output {
    type filter hook output priority filter; policy drop;
    ct state established,related accept
    ${output}
    oifname != { "shop0", "blog0" } tcp dport { 53, 443 } accept
  }
}
`
const FEW = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '22,52-54,442-444']

test('the compiled ruleset keeps the promises, on every path, port, type and protocol', () => {
  const { code, out } = run('--ports', '0-1000', '--protocol', 'tcp,udp,icmp,ip', '--quiet')
  expect(out).toContain('1 scenario conforms')
  expect(code).toBe(0)
})

describe('a given ruleset', () => {
  test('without holes conforms', () => {
    write('given.nft', given('', ''))
    const { code, out } = run('--ruleset', 'given.nft', ...FEW)
    expect(out).toContain('1 scenario conforms')
    expect(code).toBe(0)
  })

  test.each<[string, string, string, RegExp]>([
    ['open from the Internet', 'tcp dport 22 accept', '', /internet → firewall[\s\S]*22 .*OPEN/],
    [
      'open from one project only',
      'iifname "blog0" tcp dport 22 accept',
      '',
      /blog → firewall[\s\S]*22 .*OPEN/,
    ],
    ['closed', 'tcp dport 53 drop', '', /shop → firewall[\s\S]*53 .*DROPPED/],
    ['open for one kind of packets', 'ip ttl 9 tcp dport 22 accept', '', /TTL[\s\S]*22 .*OPEN/],
    [
      'open to a project',
      '',
      'oifname "shop0" tcp dport 22 accept',
      /firewall → shop[\s\S]*22 .*OPEN/,
    ],
    ['closed to the Internet', '', 'tcp dport 443 drop', /firewall → internet[\s\S]*443 .*DROPPED/],
  ])('is found with its rule: %s', (_, input, output, wrong) => {
    write('given.nft', given(input, output))
    const { code, out } = run('--ruleset', 'given.nft', ...FEW)
    expect(out).toMatch(wrong)
    expect(out).toContain(`(given.nft:${input === '' ? 13 : 5})`)
    // Several paths may be wrong in the same way: a replay names its own.
    const replays = out.split('\n').filter((line) => line.includes('nftproof run '))
    for (const line of replays) expect(line).toMatch(/ --from (\S*) --to (\S*) /)
    expect(replays.join('\n')).toMatch(/ --(from|to) firewall /)
    expect(code).toBe(1)
  })
})

test('a hole for one member of an equivalence class is found on a port that only the rules name', () => {
  const forward = (hole: string): string => `table inet t {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ${hole}
    iifname { "shop0", "blog0" } tcp dport 443 accept
  }
}
`
  write('every.yaml', scenarioText('p').replace(/sweeps:[\s\S]*/, EVERY))
  const proved = (hole: string) => {
    write('forward.nft', forward(hole))
    const args = ['--ruleset', 'forward.nft', '--family', 'ipv4', '--protocol', 'tcp']
    return nftproof(['run', 'every.yaml', '--no-save', ...args], { cwd: folder })
  }
  expect(proved('').code).toBe(0)
  const { code, out } = proved('iifname "blog0" tcp dport 8080 accept')
  expect(out).toMatch(/blog → internet[\s\S]*8080 .*OPEN[\s\S]*\(forward\.nft:5\)/)
  expect(code).toBe(1)
})

test('a policy that promises nothing of the firewall itself is no expectation', () => {
  const { code, err } = nftproof(['run', 'silent.yaml', '--no-save'], { cwd: folder })
  expect(err).toContain(
    'silent.yaml:4:9: policy p: promises nothing for the sweep from * to firewall: add "firewall" to policies/silent.yaml',
  )
  expect(code).toBe(2)
})

test.each([
  ['{ from: firewall, to: firewall }', 'choose another zone'],
  ['{ from: shop, to: firewall, as: blog }', '"as" is for sweeps that the firewall forwards'],
  ['{ from: shop, to: firewall, answer: icmp-error }', '"icmp-error" is for sweeps that'],
  ['{ from: shop, to: firewal }', 'did you mean "firewall"'],
])('the sweep %s is refused', (sweep, message) => {
  write('wrong.yaml', scenarioText('p').replace(/sweeps:[\s\S]*/, `sweeps:\n  - ${sweep}\n`))
  const { code, err } = nftproof(['run', 'wrong.yaml', '--no-save'], { cwd: folder })
  expect(err).toContain(message)
  expect(code).toBe(2)
})

const behind = fc.subarray(['project', 'internet'], { minLength: 1 })
const statement = fc
  .record({
    ends: behind,
    isInput: fc.boolean(),
    list: fc.constantFrom('allow: ', 'deny: ', 'deny: '),
    isDefault: fc.boolean(),
    traffic: fc.subarray(['any', 'tcp', 'udp/20-30', 'tcp/25', 'icmp/echo-request', 'ip/gre'], {
      minLength: 1,
      maxLength: 2,
    }),
    by: fc.constantFrom('', ', by: drop', ', by: reject', ', by: admin-prohibited'),
    families: fc.constantFrom('', ', families: [ipv4]', ', families: [ipv6]'),
  })
  .map(({ ends, isInput, list, isDefault, traffic, by, families }) => {
    const [from, to] = isInput ? [ends, ['firewall']] : [['firewall'], ends]
    const more = list === 'allow: ' ? '' : `${isDefault ? ', unless: allowed' : ''}${by}`
    return `    - { from: [${from}], to: [${to}], ${list}[${traffic.map((t) => `"${t}"`)}]${more}${families} }\n`
  })

test('the kernel does what random policies promise of the firewall itself', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(statement, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('drop', 'reject', 'allow', 'blocked'),
      async (statements, otherwise) => {
        const text = `firewall:\n  otherwise: ${otherwise}\n  statements:\n${statements.join('')}`
        write('policies/random.yaml', policyText(text))
        write(
          'random.yaml',
          scenarioText('random').replaceAll(
            /(to: (?:firewall|internet|shop)) }/g,
            '$1, ports: [0-40] }',
          ),
        )
        const loaded = loadScenarios(folder, ['random']).flatMap((one) =>
          isLoadedFirewallScenario(one) ? [] : [one],
        )
        const result = await runHere({ loaded })
        const wrong = result.scenarios[0]!.tables.flatMap(({ rows, from, to }) =>
          rows
            .filter(({ verdict }) => verdict !== 'conforms')
            .map(
              (row) =>
                `${from} → ${to} ${row.from} ${JSON.stringify(row.expected)} ${row.observed.kind}`,
            ),
        )
        expect(wrong, text).toEqual([])
        expect(result.status, text).toBe('conforms')
      },
    ),
    { numRuns: 4, endOnFailure: true },
  )
})
