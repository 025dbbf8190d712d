import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import { claimTable, fromPort, judged, withEvidence, withReplay, wrongOf } from './claim-table.ts'
import { claimSweep, DROPPED, OPEN, observedBut, port } from './fixtures.ts'

const MEASURED = { probes: 100, losses: {} }
const RIGHT = { ...MEASURED, observed: observedBut(DROPPED, port(22, OPEN)) }
const LEAK = { ...MEASURED, observed: observedBut(DROPPED, { from: 22, to: 23, value: OPEN }) }

test('every asked number is judged, also one that was not probed', () => {
  expect(judged(claimSweep(), RIGHT).rows.every(({ verdict }) => verdict === 'conforms')).toBe(true)
  const { rows } = judged(claimSweep(), { observed: RIGHT.observed.slice(0, 2) })
  expect(wrongOf(rows)).toMatchObject([{ from: 23, to: 99, verdict: 'unknown' }])
})

test('only wrong rows get a replay and evidence', () => {
  const rows = withReplay(judged(claimSweep(), LEAK).rows, (number) => `again ${number}`)
  const evidence = { number: 23, probe: 'a probe', trace: [] }
  const found = new Map([22, 23].map((number) => [number, evidence]))
  expect(withEvidence(rows, found).map((row) => [row.from, row.replay, row.evidence])).toEqual([
    [0, undefined, undefined],
    [22, undefined, undefined],
    [23, 'again 23', evidence],
    [24, undefined, undefined],
  ])
})

describe('the table of a sweep', () => {
  const made = { rows: [], sweepMs: 1 }

  test('names the asked ports if only their boundaries were probed', () => {
    const few = claimSweep({ numbers: PortSet.parse('0,22,99') })
    expect(claimTable(few, RIGHT, made)).toMatchObject({
      boundariesOf: [{ from: 0, to: 99 }],
      numbers: 3,
    })
    expect(claimTable(claimSweep(), RIGHT, made)).not.toHaveProperty('boundariesOf')
  })

  test('names a source port that all probes have', () => {
    const table = claimTable({ ...fromPort(claimSweep(), 53), isVariant: true }, RIGHT, made)
    expect(table).toMatchObject({ sourcePort: 53, variant: true, probes: 100 })
    expect(claimTable(claimSweep(), RIGHT, made)).not.toHaveProperty('sourcePort')
  })
})
