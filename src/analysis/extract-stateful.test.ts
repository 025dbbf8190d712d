import { describe, expect, test } from 'vitest'
import type { RuleFacts } from '../nft/facts.ts'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { factsOf } from './extract.ts'
import { ICMP_ERRORS } from './reachability.ts'

const factsOfRule = (expr: readonly object[], more: Omit<GivenRule, 'expr'> = {}): RuleFacts =>
  factsOf(inspectionOf([{ expr, ...more }]))
const SADDR = payload('ip', 'saddr')

const ACCEPT = { accept: null }

describe('a stateful rule is', () => {
  test.each<[string, object, string, number | null]>([
    ['a limit', { limit: { rate: 10, burst: 5, per: 'second' } }, 'limit', 16],
    ['a limit per minute', { limit: { rate: 3, burst: 2, per: 'minute', inv: true } }, 'limit', 4],
    [
      'a limit of bytes',
      { limit: { rate: 1, burst: 2, per: 'second', rate_unit: 'kbytes', burst_unit: 'kbytes' } },
      'limit',
      115,
    ],
    [
      'a limit that no sweep reaches',
      { limit: { rate: 10, burst: 0, per: 'second', rate_unit: 'mbytes', burst_unit: 'bytes' } },
      'limit',
      null,
    ],
    ['a quota', { quota: { val: 100, val_unit: 'bytes', inv: true } }, 'quota', 4],
    ['a quota that no sweep reaches', { quota: { val: 500, val_unit: 'mbytes' } }, 'quota', null],
    ['a count of connections', { 'ct count': { val: 5, inv: true } }, 'connections', 6],
    [
      'a meter',
      {
        meter: {
          key: SADDR,
          stmt: { limit: { rate: 10, burst: 5, per: 'second' } },
          size: 65535,
          name: 'mm',
        },
      },
      'limit',
      16,
    ],
    ['a dynamic set', { set: { op: 'add', elem: SADDR, set: '@s' } }, 'set', 2],
    [
      'turns',
      {
        vmap: {
          key: { numgen: { mode: 'inc', mod: 2, offset: 0 } },
          data: {
            set: [
              [0, { accept: null }],
              [1, { drop: null }],
            ],
          },
        },
      },
      'turns',
      2,
    ],
    ['chance', match({ numgen: { mode: 'random', mod: 10, offset: 0 } }, 3, '<'), 'random', 200],
  ])('%s', (_, expr, kind, burst) => {
    expect(factsOfRule([expr, ACCEPT]).statefulRules).toMatchObject([{ kind, burst }])
  })

  test('a named limit, and a rule that matches a set which another rule fills, are stateful', () => {
    const limit = {
      limit: { family: 'inet', table: 't', name: 'l1', rate: 10, per: 'second', burst: 5 },
    }
    const rules = [
      { expr: [{ limit: 'l1' }, ACCEPT] },
      { expr: [{ set: { op: 'add', elem: SADDR, set: '@s' } }] },
      { expr: [match(SADDR, '@s'), ACCEPT] },
    ]
    const { statefulRules } = factsOf(
      inspectionOf(rules, { objects: [limit, { set: { family: 'inet', table: 't', name: 's' } }] }),
    )
    expect(statefulRules.map(({ kind, burst, where }) => [kind, burst, where.handle])).toEqual([
      ['limit', 16, 2],
      ['set', 2, 3],
      ['set', 2, 4],
    ])
  })
})

describe('a stateful rule does not matter when only a log depends on it', () => {
  const LIMIT = { limit: { rate: 10, burst: 5, per: 'second' } }
  const jump = (target: string, verdict = 'jump'): object => ({ [verdict]: { target } })
  const DPORT = match(payload('tcp', 'dport'), 22)
  const remembered = (...rules: { chain?: string; expr: object[] }[]) =>
    factsOf(inspectionOf(rules)).statefulRules

  test.each<[string, { chain?: string; expr: object[] }[], number]>([
    ['a limited log', [{ expr: [LIMIT, { log: null }] }], 0],
    [
      'a jump to a chain that only logs',
      [
        { expr: [LIMIT, jump('logs')] },
        { chain: 'logs', expr: [{ counter: null }, { log: null }] },
      ],
      0,
    ],
    [
      'a return before logs',
      [
        { expr: [jump('logs')] },
        { chain: 'logs', expr: [LIMIT, { return: null }] },
        { chain: 'logs', expr: [{ log: null }] },
      ],
      0,
    ],
    [
      'a return before other rules',
      [
        { expr: [jump('more')] },
        { chain: 'more', expr: [LIMIT, { return: null }] },
        { chain: 'more', expr: [{ drop: null }] },
      ],
      1,
    ],
    [
      'a goto to a chain that only logs, before a drop',
      [
        { expr: [LIMIT, jump('logs', 'goto')] },
        { expr: [{ drop: null }] },
        { chain: 'logs', expr: [{ log: null }] },
      ],
      1,
    ],
    ['a jump to a chain without rules', [{ expr: [LIMIT, jump('none')] }], 0],
    ['a limited mark', [{ expr: [LIMIT, { mangle: { key: meta('mark'), value: 1 } }] }], 1],
    ['a limited drop', [{ expr: [LIMIT, { drop: null }] }], 1],
  ])('%s', (_, rules, count) => {
    expect(remembered(...rules)).toHaveLength(count)
  })

  test.each<[string, { chain?: string; expr: object[] }[], object]>([
    ['all packets', [{ expr: [LIMIT, ACCEPT] }], { families: [4, 6] }],
    ['TCP', [{ expr: [DPORT, LIMIT, ACCEPT] }], { families: [4, 6], protocols: [6] }],
    [
      'only TCP',
      [{ expr: [match(meta('l4proto'), 'tcp', '!='), LIMIT, ACCEPT] }],
      { families: [4, 6] },
    ],
    [
      'a set of protocols',
      [{ expr: [match(meta('l4proto'), { set: ['tcp', 'icmpv6'] }), LIMIT, ACCEPT] }],
      { protocols: [6, 58, ICMP_ERRORS] },
    ],
    [
      'echo requests',
      [{ expr: [match(payload('icmp', 'type'), 'echo-request'), LIMIT, ACCEPT] }],
      { families: [4], protocols: [1] },
    ],
    [
      'ICMP errors, which answer every protocol',
      [
        {
          expr: [
            match(payload('icmp', 'type'), { set: ['echo-request', 'destination-unreachable'] }),
            LIMIT,
            ACCEPT,
          ],
        },
      ],
      { families: [4], protocols: [1, ICMP_ERRORS] },
    ],
    [
      'packets that jump there',
      [
        { expr: [DPORT, jump('ssh')] },
        { expr: [match(payload('udp', 'dport'), 22), jump('ssh')] },
        { chain: 'ssh', expr: [LIMIT, ACCEPT] },
      ],
      { families: [4, 6], protocols: [6, 17] },
    ],
    [
      'nothing, without a jump there',
      [{ chain: 'unused', expr: [LIMIT, ACCEPT] }],
      { protocols: [] },
    ],
  ])('%s', (_, rules, reach) => {
    expect(remembered(...rules)).toMatchObject([reach])
  })
})
