/**
 * A given ruleset that holds what an egress policy promises of ordinary packets,
 * and tells others apart: by their destination, hops, length, class of service,
 * flags or ICMP code. Each hole is found, with its rule.
 */
import { describe, expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import type { ScenarioResult } from '../../src/result/result.ts'
import { decidingStep } from '../../src/result/trace.ts'
import { load, runHere as run, type runHere } from '../../tools/testing/wrong.ts'

const ruleset = (hole: string): string => `table inet shop {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ${hole}
    ct state established,related accept
    tcp dport { 22, 53, 80, 123, 443, 1025-65535 } accept
    udp dport { 22, 53, 80, 123, 443 } accept
    icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept
    meta l4proto icmp drop
  }
}
`

type Options = Partial<Parameters<typeof runHere>[0]>

async function runThrough(hole: string, more: Options = {}): Promise<ScenarioResult> {
  const { scenarios } = await run({
    loaded: load('default-egress'),
    ruleset: { origin: 'given.nft', text: ruleset(hole) },
    ports: PortSet.parse('24-26,442-444,8080'),
    families: [4],
    protocols: ['tcp'],
    ...more,
  })
  return scenarios[0]!
}

/** `as TTL 9: 443 dropped`, with the line of the rule. */
const wrongIn = ({ tables }: ScenarioResult): string[] =>
  tables.flatMap(({ as, destination, rows }) =>
    rows
      .filter(({ verdict }) => verdict === 'mismatch')
      .map(({ from, observed, evidence }) => {
        const step = evidence && decidingStep({ probe: '', steps: evidence.trace })
        const where = [as, destination && `to ${destination}`].filter(Boolean).join(' ')
        return `${where}: ${from} ${observed.kind} ${step?.at?.file}:${step?.at?.line}`
      }),
  )

describe('a hole for one kind of packets', () => {
  test.each<[string, string, RegExp, Options?]>([
    ['destination', 'ip daddr 192.0.2.0/24 tcp dport 25 accept', /^to 192\.0\.2\.\d+: 25 open/],
    ['hops', 'ip ttl 8 tcp dport 443 drop', /^TTL 9: 443 dropped/],
    ['length', 'meta length > 900 tcp dport 443 drop', /^length 901: 443 dropped/],
    ['DSCP value', 'ip dscp ef tcp dport 443 drop', /^DSCP 46: 443 dropped/],
    ['flags', 'tcp flags & (syn|ack) == ack tcp dport 25 accept', /^flags ack: 25 open/],
    [
      "source address in the project's network",
      'ip saddr 10.20.1.128/25 tcp dport 443 drop',
      /^10\.20\.1\.1\d\d: 443 dropped/,
    ],
    [
      'code of an ICMP error',
      'icmp type destination-unreachable icmp code 4 drop',
      /^code 4: 3 dropped/,
      { protocols: ['icmp'], ports: undefined },
    ],
    [
      'address of an answer',
      'ip saddr 198.51.100.0/24 tcp sport 443 drop',
      /^to 198\.51\.100\.\d+: 443 one-way/,
    ],
  ])('is found: %s', async (_, hole, wrong, more) => {
    const result = await runThrough(hole, more)
    const found = wrongIn(result)
    expect(found[0]).toMatch(wrong)
    expect(found.filter((line) => !wrong.test(line))).toEqual([])
    if (!/one-way/.test(found[0]!)) expect(found[0]).toContain('given.nft:4')
    expect(result.untested ?? []).toEqual([])
    const variants = result.tables.filter(({ rows }) =>
      rows.some(({ verdict }) => verdict !== 'conforms'),
    )
    expect(variants.map(({ variant }) => variant)).toEqual(variants.map(() => true))
    expect(result.status).toBe('mismatch')
  })
})

test('a ruleset without holes conforms', async () => {
  const result = await runThrough(
    'ip saddr 10.20.1.0/24 ip daddr 192.0.2.0/24 tcp dport 443 accept',
  )
  expect(wrongIn(result)).toEqual([])
  expect(result.status).toBe('conforms')
})

test.each([
  ['segments other than SYN', 'tcp flags & (fin|syn|rst|ack) != syn ct state new drop'],
  ['source addresses of another link', 'ip saddr != 10.20.1.0/24 iifname "shop0" drop'],
])('an open port need not accept %s', async (_, rule) => {
  const result = await runThrough(rule)
  expect(wrongIn(result)).toEqual([])
  expect(result.status).toBe('conforms')
})
