import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import type { Blocking } from '../policy/clause.ts'
import type { Expectation } from '../policy/expectation.ts'
import { OPEN, row, scenario, table } from '../report/fixtures.ts'
import type { Observation, Outcome } from '../result/outcome.ts'
import {
  compare,
  compareFlows,
  compareHandshakes,
  statusOfRun,
  statusOfScenario,
  verdictOf,
} from './policy.ts'

const blocked = (by: Blocking): Expectation => ({ ...OPEN, verdict: 'blocked', by })
const seen = (outcome: Outcome): Observation => ({
  outcome,
  attempts: [{ target: null, sender: null }],
})
const icmp = (type: number, code: number): Outcome => ({
  kind: 'rejected',
  by: { kind: 'icmp', type, code, from: '10.0.0.1' },
})
const reset: Outcome = { kind: 'rejected', by: { kind: 'reset', from: '10.0.0.1' } }

describe('a port conforms only when its outcome is exactly as promised', () => {
  test.each<[Expectation, Outcome, 4 | 6, string]>([
    [OPEN, { kind: 'open' }, 4, 'conforms'],
    [OPEN, { kind: 'one-way' }, 4, 'mismatch'],
    [OPEN, { kind: 'dropped' }, 4, 'mismatch'],
    [OPEN, { kind: 'translated', change: 'x', way: 'open' }, 4, 'mismatch'],
    [OPEN, { kind: 'unsteady' }, 4, 'unknown'],
    [OPEN, { kind: 'inconclusive', reason: 'x' }, 4, 'unknown'],
    [blocked('drop'), { kind: 'dropped' }, 4, 'conforms'],
    [blocked('drop'), reset, 4, 'mismatch'],
    [blocked('drop'), { kind: 'one-way' }, 4, 'mismatch'],
    [blocked('drop'), { kind: 'unsteady' }, 4, 'unknown'],
    [blocked('drop'), { kind: 'inconclusive', reason: 'x' }, 4, 'unknown'],
    [blocked('tcp-reset'), reset, 4, 'conforms'],
    [blocked('tcp-reset'), { kind: 'dropped' }, 4, 'mismatch'],
    [blocked('tcp-reset'), icmp(3, 3), 4, 'mismatch'],
    [blocked('port-unreachable'), icmp(3, 3), 4, 'conforms'],
    [blocked('port-unreachable'), icmp(3, 3), 6, 'mismatch'],
    [blocked('port-unreachable'), icmp(1, 4), 6, 'conforms'],
    [blocked('host-unreachable'), icmp(3, 1), 4, 'conforms'],
    [blocked('host-unreachable'), icmp(1, 3), 6, 'conforms'],
    [blocked('admin-prohibited'), icmp(3, 13), 4, 'conforms'],
    [blocked('admin-prohibited'), icmp(1, 1), 6, 'conforms'],
    [blocked('no-route'), icmp(3, 0), 4, 'conforms'],
    [blocked('no-route'), icmp(1, 0), 6, 'conforms'],
    [blocked('no-route'), reset, 4, 'mismatch'],
  ])('%j, %j over IPv%i: %s', (expected, observed, family, verdict) => {
    expect(verdictOf(expected, observed, family)).toBe(verdict)
  })
})

test('an unprobed port is inconclusive, never left out', () => {
  const rows = compare(
    [{ from: 0, to: 65535, value: blocked('drop') }],
    [{ from: 0, to: 9, value: seen({ kind: 'dropped' }) }],
    { numbers: PortSet.parse('0-19'), family: 4 },
  )
  expect(rows.map((r) => [r.from, r.to, r.verdict, r.observed.kind])).toEqual([
    [0, 9, 'conforms', 'dropped'],
    [10, 19, 'unknown', 'inconclusive'],
  ])
})

test('adjacent ports with equal outcomes form one row', () => {
  const dropped = seen({ kind: 'dropped' })
  const rows = compare(
    [
      { from: 0, to: 9, value: blocked('drop') },
      { from: 10, to: 19, value: OPEN },
    ],
    [
      { from: 0, to: 4, value: dropped },
      { from: 5, to: 12, value: dropped },
      { from: 13, to: 19, value: seen({ kind: 'open' }) },
    ],
    { numbers: PortSet.parse('0-19'), family: 4 },
  )
  expect(rows.map((r) => [r.from, r.to, r.verdict])).toEqual([
    [0, 9, 'conforms'],
    [10, 12, 'mismatch'],
    [13, 19, 'conforms'],
  ])
})

test('a failed handshake proves nothing when frames were lost', () => {
  const words = { blocked: 'no SYN', completed: 'completed' }
  const observed = [
    { from: 1, to: 1, value: 'completed' },
    { from: 2, to: 2, value: 'no SYN' },
  ]
  const expected = [{ from: 0, to: 9, value: OPEN }]
  const verdicts = (losses: Record<string, number>) =>
    compareHandshakes(expected, observed, { ...words, losses }).map((r) => r.verdict)
  expect(verdicts({})).toEqual(['conforms', 'mismatch'])
  expect(verdicts({ drops: 1 })).toEqual(['conforms', 'unknown'])
})

describe('the status of a scenario', () => {
  const good = table([row(1, 1, OPEN, { kind: 'open' })])
  const facts = (more: Parameters<typeof scenario>[1] = {}) => scenario([good], more)
  const failed = {
    from: 'a',
    to: 'b',
    family: 4,
    protocol: 'tcp',
    ruleset: 'none',
    probes: 1,
    passed: false,
  } as const
  const exception = {
    from: 'a',
    to: 'b',
    family: 4,
    protocol: 'tcp',
    ports: [],
    towards: [],
    probes: 1,
    exceptions: [{ from: 53, to: 53 }],
  } as const

  test.each([
    ['all conforms', facts(), 'conforms'],
    [
      'a row is wrong',
      facts({ tables: [table([row(1, 1, OPEN, { kind: 'dropped' }, 'mismatch')])] }),
      'mismatch',
    ],
    [
      'a row is unknown',
      facts({ tables: [table([row(1, 1, OPEN, { kind: 'unsteady' }, 'unknown')])] }),
      'unknown',
    ],
    ['a control failed', facts({ controls: [failed] }), 'unknown'],
    ['another problem', facts({ problems: ['interrupted'] }), 'unknown'],
    [
      'a family could not be measured',
      facts({ notMeasured: [{ family: 6, cause: 'environment', reason: 'no nft' }] }),
      'unknown',
    ],
    ['another source port made a difference', facts({ sourcePorts: [exception] }), 'unknown'],
    ['nothing was compared', facts({ tables: [] }), 'unknown'],
    ['a table has no rows', facts({ tables: [table([])] }), 'unknown'],
  ])('%s', (_, value, status) => {
    expect(statusOfScenario(value)).toBe(status)
  })

  test('an empty run is unknown; a mismatch outweighs everything', () => {
    expect(statusOfRun([])).toBe('unknown')
    expect(statusOfRun([{ status: 'conforms' }])).toBe('conforms')
    expect(statusOfRun([{ status: 'conforms' }, { status: 'unknown' }])).toBe('unknown')
    expect(statusOfRun([{ status: 'unknown' }, { status: 'mismatch' }])).toBe('mismatch')
  })
})

describe('an established flow', () => {
  const at = <T>(value: T) => [{ from: 25, to: 25, value }]
  const rowOf = (open: boolean, kept: boolean, checked: string, losses = {}) =>
    compareFlows(at(open ? OPEN : blocked('drop')), kept, {
      opened: at('completed'),
      completed: 'completed',
      checked: at(checked),
      losses,
    })[0]!

  test.each([
    [true, false, 'both ways', 'conforms'],
    [true, false, 'neither way', 'mismatch'],
    [false, false, 'neither way', 'conforms'],
    [false, false, 'both ways', 'mismatch'],
    [false, false, 'only back', 'mismatch'],
    [false, true, 'both ways', 'conforms'],
    [false, true, 'neither way', 'mismatch'],
  ])('still allowed %s, flows kept %s: %s %s', (open, kept, checked, verdict) => {
    expect(rowOf(open, kept, checked).verdict).toBe(verdict)
  })

  test('proves nothing when frames were lost, or when it was never established', () => {
    expect(rowOf(false, false, 'neither way', { lost: 1 }).verdict).toBe('unknown')
    expect(rowOf(true, false, 'both ways', { lost: 1 }).verdict).toBe('conforms')
    const never = compareFlows(at(OPEN), true, {
      opened: at('no SYN-ACK back'),
      completed: 'completed',
      checked: [],
      losses: {},
    })
    expect(never).toEqual([
      { from: 25, to: 25, expected: 'both ways', observed: 'no SYN-ACK back', verdict: 'unknown' },
    ])
  })
})
