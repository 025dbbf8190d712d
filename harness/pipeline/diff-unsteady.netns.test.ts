/** Ports that depend on a limit through both firewalls: below it and above it, both must do the same. */
import { expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import { decidingStep } from '../../src/result/trace.ts'
import { BACK, comparesRules, pair, type Rules } from '../../tools/testing/changed-rules.ts'

comparesRules()

const ASKED = { from: ['wan0'], to: ['firewall'], ports: PortSet.parse('20-25') }
const LIMIT = 'limit rate 1/day burst 9 packets'

/** A chain that every segment passes, and what stands behind the jump. */
const limited = (rest: string, ...behind: string[]): Rules => ({
  named: [`chain few { ${LIMIT} return; ${rest}; }`],
  input: [BACK, 'meta l4proto tcp jump few', ...behind],
})

test.each<[string, Rules, Rules, [string, string, string][]]>([
  [
    'another outcome below the limit',
    limited('drop', 'iifname "wan0" reject with tcp reset'),
    limited('drop', 'iifname "wan0" tcp dport 22 accept', 'iifname "wan0" reject with tcp reset'),
    [['opened', 'rejected', 'open']],
  ],
  [
    'another outcome above the limit',
    limited('reject with tcp reset', 'iifname "wan0" accept'),
    limited('tcp dport 22 drop; reject with tcp reset', 'iifname "wan0" accept'),
    [['blocked-otherwise', 'rejected', 'dropped']],
  ],
  [
    'two other outcomes',
    limited('drop', 'iifname "wan0" reject with tcp reset'),
    limited(
      'tcp dport 22 reject with icmp type port-unreachable; drop',
      'iifname "wan0" tcp dport 22 accept',
      'iifname "wan0" reject with tcp reset',
    ),
    [['unsteady', 'unsteady', 'unsteady']],
  ],
])('%s is a difference', async (_, old, young, expected) => {
  const { tables, status } = await pair(old, young, ASKED)
  const own = tables.filter(({ ordinary }) => ordinary).flatMap(({ changes }) => changes)
  expect(own.map(({ from, to }) => [from, to])).toEqual([[22, 22]])
  expect(own.map(({ kind, before, after }) => [kind, before.kind, after.kind])).toEqual(expected)
  expect(status).toBe('different')
})

test('the evidence of a difference below a limit is from before the limit is used up', async () => {
  const once = (...behind: string[]): Rules => ({
    named: ['chain one { limit rate 1/day burst 1 packets return; drop; }'],
    input: [BACK, 'tcp dport 22 jump one', ...behind],
  })
  const refused = 'tcp dport 22 reject with tcp reset'
  const { tables } = await pair(once(refused), once('tcp dport 22 accept'), ASKED)
  const [row] = tables.filter(({ ordinary }) => ordinary).flatMap(({ changes }) => changes)
  const { before, after } = row!.evidence!
  expect([before, after].map((walk) => decidingStep(walk)?.rule)).toEqual([
    refused,
    expect.stringMatching(/^tcp dport 22 accept/),
  ])
})

test('the same outcomes, but the other way round, are not proved', async () => {
  const ssh = (above: string, below: string): Rules => ({
    named: [`chain few { ${LIMIT} return; ${above}; }`],
    input: [BACK, 'tcp dport 22 jump few', `tcp dport 22 ${below}`],
  })
  const { tables, status } = await pair(ssh('drop', 'accept'), ssh('accept', 'drop'), ASKED)
  const unsteady = tables.flatMap((table) => table.unsteady)
  expect(unsteady.length).toBeGreaterThan(0)
  expect(unsteady.every(({ alike }) => !alike)).toBe(true)
  expect(unsteady[0]!.rule).toContain('limit rate 1/day')
  expect(status).toBe('unknown')
})

test('the same limit with other rules that do the same behind it is no difference', async () => {
  const { tables, status } = await pair(
    limited('drop', 'tcp dport { 22, 23 } accept'),
    limited('drop', 'tcp dport 22 accept', 'tcp dport 23 accept'),
    ASKED,
  )
  expect(tables.flatMap(({ changes }) => changes)).toEqual([])
  expect(status).toBe('same')
})

test('a limit with another comment, counter or log is no difference', async () => {
  const ssh = (more: string): Rules => ({
    input: [BACK, `iifname "wan0" tcp dport 22 ${LIMIT} ${more}`],
  })
  const young = ssh('log prefix "x y" counter accept comment "ssh"')
  expect((await pair(ssh('accept'), young, ASKED)).status).toBe('same')
})
