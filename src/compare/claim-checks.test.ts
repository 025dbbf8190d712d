import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import {
  checksOf,
  flowResult,
  handshakeResult,
  isPorted,
  type Ported,
  portsToShake,
  portsToSweepFrom,
  sourcePortResult,
  sourcePortsToTry,
} from './claim-checks.ts'
import { judged } from './claim-table.ts'
import type { ClaimSweep } from './experiment.ts'
import { claimSweep, DROPPED, OPEN, observedBut, port, unsteady } from './fixtures.ts'

const { judge } = claimSweep()
const SWEEP = claimSweep({
  judge: { ...judge, handshakes: () => PortSet.of(22), sourcePorts: {} },
}) as Ported<ClaimSweep>
const SEEN = judged(SWEEP, { observed: observedBut(DROPPED, port(22, OPEN)) })
const WORDS = { completed: 'completed', blocked: 'no SYN' }
const again = (_: ClaimSweep, number: number): string => `again ${number}`

describe('checks of a path', () => {
  test('are tried if its judge names them', () => {
    expect(checksOf(SWEEP, SEEN)).toBe('tried')
    expect(checksOf(claimSweep(), SEEN)).toBe('none')
    expect(portsToShake(claimSweep(), SEEN).isEmpty).toBe(true)
    expect(`${portsToShake(SWEEP, SEEN)}`).toBe('22')
  })

  test('are not tried after an unsteady port, because they would say nothing', () => {
    const either = unsteady({ kind: 'open' }, { kind: 'dropped' })
    const seen = judged(SWEEP, { observed: observedBut(DROPPED, port(22, either)) })
    expect(checksOf(SWEEP, seen)).toBe('untried')
  })

  test('are of TCP and UDP', () => {
    expect([SWEEP, claimSweep({ protocol: 'icmp' })].map(isPorted)).toEqual([true, false])
  })
})

test('a handshake that fails has a replay', () => {
  const report = { observed: [{ from: 22, to: 22, value: 'no data back' }], losses: {} }
  const all = { ...report, ...WORDS, ports: PortSet.of(22) }
  expect(handshakeResult(SWEEP, SEEN, all, again)).toMatchObject({
    count: 1,
    rows: [{ from: 22, verdict: 'mismatch', replay: 'again 22' }],
  })
})

describe('other source ports', () => {
  const asked = sourcePortsToTry(SWEEP, SEEN, 'tcp sport 4711 accept')!

  test('are those that the rules name, and the well-known ones', () => {
    expect([asked.ports.has(4711), asked.ports.has(53)]).toEqual([true, true])
    expect(sourcePortsToTry(claimSweep(), SEEN, '')).toBeUndefined()
  })

  test('are sent to one destination at a time if ports are translated', () => {
    const apart = { ...SWEEP, judge: { ...SWEEP.judge, sourcePorts: { isApart: true } } }
    const { groups } = sourcePortsToTry(apart, SEEN, '')!
    expect(asked.groups).toHaveLength(1)
    expect(groups.length).toBeGreaterThan(1)
    for (const pairs of groups) expect(new Set(pairs.map(([, to]) => to)).size).toBe(1)
  })

  test('with another outcome are exceptions, of which four ranges get a whole sweep', () => {
    const sources = [1, 3, 5, 7, 9]
    const pairs = sources.map((source) => [source, 22] as const)
    const blocked = [{ from: 0, to: 4, value: DROPPED }]
    const tried = [{ pairs, observed: blocked, probes: 5 }]
    const value = sourcePortResult(SWEEP, SEEN, asked, tried)
    expect(value.exceptions.map(({ from }) => from)).toEqual(sources)
    expect(portsToSweepFrom(value)).toEqual([1, 3, 5, 7])
    const open = [{ pairs, observed: [{ from: 0, to: 4, value: OPEN }], probes: 5 }]
    expect(sourcePortResult(SWEEP, SEEN, asked, open)).toMatchObject({ probes: 5, exceptions: [] })
  })
})

test('a flow that ends although it is kept has a replay; lost frames prove nothing', () => {
  const sweep = { ...SWEEP, flows: PortSet.of(22) }
  const opened = { observed: [{ from: 22, to: 22, value: 'completed' }], losses: {} }
  const checked = { observed: [{ from: 22, to: 22, value: 'neither way' }], losses: {} }
  const result = flowResult(sweep, true, { opened, checked, ...WORDS }, again)
  expect(result).toMatchObject({
    count: 1,
    rows: [{ verdict: 'mismatch', expected: 'both ways', replay: 'again 22' }],
  })
  const lost = { ...checked, losses: { 'rx dropped': 1 } }
  const unknown = flowResult(sweep, true, { opened, checked: lost, ...WORDS }, again)
  expect(unknown.rows.map(({ verdict }) => verdict)).toEqual(['unknown'])
})
