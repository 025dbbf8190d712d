import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import type { ChangeRow } from '../result/diff.ts'
import {
  changesToTrace,
  classesToTrace,
  classesToTraceAlone,
  keepRules,
  unsteadyRows,
  type Walks,
  withEvidence,
} from './diff-table.ts'
import { diffSweep } from './fixtures.ts'
import { Traced } from './traced.ts'

const SWEEP = diffSweep()
const LIMIT = 'tcp dport 22 limit rate 1/day burst 9 packets accept'

const walk = (rule: string, verdict = 'accept') => ({
  probe: 'a probe',
  steps: [{ table: 't', chain: 'c', rule, verdict }],
})
const walks = (before: string, after: string, verdict = 'accept'): Walks => ({
  before: walk(before),
  after: walk(after, verdict),
})

const row = (from: number): ChangeRow => ({
  ...{ from, to: from, kind: 'opened', replay: '' },
  ...{ before: { kind: 'dropped' }, after: { kind: 'open' } },
})

describe('changes', () => {
  test('are traced once, and at most 24 of a table', () => {
    const traced = new Traced()
    const rows = Array.from({ length: 30 }, (_, i) => row(2 * i))
    expect(changesToTrace(rows, SWEEP, traced)).toEqual(rows.slice(0, 24))
    expect(changesToTrace(rows, SWEEP, traced)).toEqual([])
  })

  test('of answers are not traced, because the trace is of the probe', () => {
    expect(changesToTrace([row(1)], diffSweep({ answer: 'icmp-error' }), new Traced())).toEqual([])
  })

  test('get the walks through both firewalls', () => {
    const [first, second] = [row(1), row(3)]
    const found = new Map([[first!, walks(LIMIT, LIMIT)]])
    const [one, other] = withEvidence([first!, second!], found)
    expect(one!.evidence).toMatchObject({ number: 1, before: walk(LIMIT), after: walk(LIMIT) })
    expect(other!.evidence).toBeUndefined()
  })
})

describe('unsteady ports', () => {
  const found = { unsteady: PortSet.of({ from: 20, to: 24 }), unlike: PortSet.empty }
  const keep = (walked: Walks, sweep = SWEEP, unlike = PortSet.empty) => {
    const traced = new Traced()
    const classes = classesToTrace(found, sweep, traced)
    keepRules(new Map(classes.map((one) => [one, walked])), sweep, traced)
    return { traced, classes, rows: unsteadyRows({ ...found, unlike }, sweep, traced) }
  }

  test('are traced by their classes, and each class once', () => {
    const { traced, classes } = keep(walks(LIMIT, LIMIT))
    expect(classes.map(({ id }) => id).sort()).toEqual([0, 1])
    expect(classesToTrace(found, SWEEP, traced)).toEqual([])
  })

  test('are alike if the same rule decides in the same way', () => {
    const { rows } = keep(walks(LIMIT, LIMIT))
    expect(rows.map(({ from, to, alike }) => [from, to, alike])).toEqual([
      [20, 21, true],
      [22, 22, true],
      [23, 24, true],
    ])
    expect(rows[0]!.rule).toBe(LIMIT)
  })

  test.each<[string, Walks]>([
    ['another rule decides', walks(LIMIT, LIMIT.replace('1/day', '2/day'))],
    ['the rule decides otherwise', walks(LIMIT, LIMIT, 'drop')],
  ])('are not alike if %s', (_, walked) => {
    expect(keep(walked).rows.some(({ alike }) => alike)).toBe(false)
  })

  test('are not alike if one side showed more outcomes, or if their rule is not known', () => {
    const { rows } = keep(walks(LIMIT, LIMIT), SWEEP, PortSet.of(22))
    expect(rows.map(({ alike }) => alike)).toEqual([true, false, true])
    expect(unsteadyRows(found, SWEEP, new Traced()).some(({ alike }) => alike)).toBe(false)
  })

  test('are traced alone if their verdicts differ, but not if chance decides', () => {
    const otherwise = walks(LIMIT, LIMIT, 'drop')
    const [first] = keep(otherwise).classes
    const walked = new Map([[first!, otherwise]])
    expect(classesToTraceAlone(walked, SWEEP)).toEqual([first])
    expect(classesToTraceAlone(walked, diffSweep({ scatters: true }))).toEqual([])
    expect(classesToTraceAlone(new Map([[first!, walks(LIMIT, LIMIT)]]), SWEEP)).toEqual([])
  })
})
