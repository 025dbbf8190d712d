import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { DiffSweep } from '../plan/diff.ts'
import type { Observation, Outcome } from '../result/outcome.ts'
import { changesOf } from './change.ts'
import { judgeTrial, trialVerdictOfAll } from './request.ts'

const KINDS = {
  open: { kind: 'open' },
  dropped: { kind: 'dropped' },
  'one-way': { kind: 'one-way' },
  unsteady: { kind: 'unsteady' },
  inconclusive: { kind: 'inconclusive', reason: 'lost' },
  reset: { kind: 'rejected', by: { kind: 'reset', from: '192.0.2.1' } },
  reset2: { kind: 'rejected', by: { kind: 'reset', from: '192.0.2.2' } },
  icmp: { kind: 'rejected', by: { kind: 'icmp', type: 3, code: 13, from: '192.0.2.1' } },
} as const satisfies Record<string, Outcome>

type Kind = keyof typeof KINDS

/** One port after the other from 0. */
function seen(...kinds: readonly Kind[]): RangeMap<Observation> {
  return kinds.map((kind, i) => ({
    from: i,
    to: i,
    value: { outcome: KINDS[kind], attempts: [] },
  }))
}

function judged(before: readonly Kind[], after: readonly Kind[], expected: PortSet) {
  const numbers = PortSet.of({ from: 0, to: before.length - 1 })
  const changes = changesOf(numbers, seen(...before), seen(...after))
  const sweep: DiffSweep = {
    ...{ from: 'shop', to: 'internet', family: 4, protocol: 'tcp', numbers, answer: 'reply' },
    packet: { source: '10.0.0.1', target: '203.0.113.1' },
    ...{ combination: 'inside', ordinary: true, detail: 'all', scatters: false },
    ...{ classes: [], repetitions: 0, thoroughRepeats: 0 },
  }
  return judgeTrial(sweep, changes, expected)
}

test.each<[Kind, Kind, string | undefined]>([
  ['dropped', 'open', 'opened'],
  ['reset', 'open', 'opened'],
  ['one-way', 'open', 'opened'],
  ['open', 'dropped', 'closed'],
  ['open', 'one-way', 'closed'],
  ['dropped', 'one-way', 'altered'],
  ['dropped', 'reset', 'altered'],
  ['reset', 'icmp', 'altered'],
  ['reset', 'reset2', 'altered'],
  ['open', 'open', undefined],
  ['dropped', 'dropped', undefined],
  ['unsteady', 'open', 'unsure'],
  ['open', 'inconclusive', 'unsure'],
  ['inconclusive', 'inconclusive', 'unsure'],
  ['unsteady', 'unsteady', 'unsure'],
])('%s, then %s: %s', (before, after, expected) => {
  const { difference } = judged([before], [after], PortSet.empty)
  const found = Object.entries(difference).flatMap(([name, ports]) => (ports.isEmpty ? [] : [name]))
  expect(found).toEqual(expected === undefined ? [] : [expected])
})

describe('the verdict', () => {
  const verdict = (before: readonly Kind[], after: readonly Kind[], expected: string) =>
    judged(before, after, expected === '' ? PortSet.empty : PortSet.parse(expected)).verdict

  test.each<[string, readonly Kind[], readonly Kind[], string, string]>([
    ['exactly the request', ['dropped', 'dropped'], ['open', 'dropped'], '0', 'exact'],
    ['nothing, as requested', ['open', 'dropped'], ['open', 'dropped'], '', 'exact'],
    ['one port too many', ['dropped', 'dropped'], ['open', 'open'], '0', 'different'],
    ['one port missing', ['dropped', 'dropped'], ['open', 'dropped'], '0-1', 'different'],
    ['another port closed', ['dropped', 'open'], ['open', 'dropped'], '0', 'different'],
    [
      'another port blocked in another way',
      ['dropped', 'dropped'],
      ['open', 'reset'],
      '0',
      'different',
    ],
    ['another port uncertain', ['dropped', 'dropped'], ['open', 'unsteady'], '0', 'unknown'],
    [
      'the requested port uncertain',
      ['dropped', 'dropped'],
      ['inconclusive', 'dropped'],
      '0',
      'unknown',
    ],
    [
      'uncertain, and one port too many',
      ['dropped', 'dropped'],
      ['unsteady', 'open'],
      '0',
      'different',
    ],
  ])('%s: %s, %s', (_, before, after, expected, wanted) => {
    expect(verdict(before, after, expected)).toBe(wanted)
  })

  test('over all rows: a problem makes it unknown, a difference outweighs uncertainty, no rows prove nothing', () => {
    const rows = (...verdicts: ('exact' | 'different' | 'unknown')[]) =>
      verdicts.map((verdict) => ({ verdict }))
    expect(trialVerdictOfAll(rows('exact', 'exact'), [])).toBe('exact')
    expect(trialVerdictOfAll(rows('exact', 'unknown'), [])).toBe('unknown')
    expect(trialVerdictOfAll(rows('unknown', 'different'), [])).toBe('different')
    expect(trialVerdictOfAll(rows('exact'), ['a control failed'])).toBe('unknown')
    expect(trialVerdictOfAll(rows('different'), ['a control failed'])).toBe('different')
    expect(trialVerdictOfAll([], [])).toBe('unknown')
  })
})
