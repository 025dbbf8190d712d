/** How often one change is told. */
import { expect, test } from 'vitest'
import { probed, row } from '../changed-rules/fixtures.ts'
import type { ChangeRow, DiffTable } from '../result/diff.ts'
import type { Walk } from '../result/trace.ts'
import { summarize } from './summary.ts'

const table = (changes: readonly ChangeRow[], over: Partial<DiffTable> = {}): DiffTable =>
  probed(changes, over).table

const from = (source: string, over: Partial<DiffTable> = {}): Partial<DiffTable> => ({
  ordinary: false,
  combination: `from ${source}`,
  packet: { source, target: '192.0.2.1' },
  ...over,
})

const masqueraded = (source: string): ChangeRow => ({
  ...row(5, 6, 'closed'),
  before: { kind: 'translated', change: `from ${source} → 203.0.113.1`, way: 'open' },
})

test('a change has one entry for both families and all combinations', () => {
  const changes = summarize([
    table([row(80, 80)]),
    table([row(80, 80)], { family: 6 }),
    table([row(80, 80)], from('10.0.0.1')),
  ])
  expect(changes).toMatchObject([
    { families: [4, 6], ordinary: true, combinations: ['from 10.0.0.1'], ranges: [{ from: 80 }] },
  ])
})

test('a family in which only unusual packets changed has its own entry', () => {
  const changes = summarize([
    table([row(80, 80)], { family: 6 }),
    table([row(80, 80)], from('10.0.0.1')),
  ])
  expect(changes).toMatchObject([
    { families: [6], ordinary: true, combinations: [] },
    { families: [4], ordinary: false, combinations: ['from 10.0.0.1'] },
  ])
})

test('undeclared changes keep the evidence of the whole', () => {
  const walk: Walk = { probe: 'TCP', steps: [] }
  const evidence = { number: 80, before: walk, after: walk }
  const changes = summarize([
    table([{ ...row(80, 80), declared: true, evidence }]),
    table([{ ...row(80, 80), declared: false }], from('10.0.0.1')),
  ])
  expect(changes.map((one) => [one.row.declared, one.row.evidence])).toEqual([
    [true, evidence],
    [false, evidence],
  ])
})

test("translations that differ only in the probe's address are one change", () => {
  const sources = ['10.0.0.1', '10.0.0.9']
  const changes = summarize(sources.map((source) => table([masqueraded(source)], from(source))))
  expect(changes).toMatchObject([{ combinations: ['from 10.0.0.1', 'from 10.0.0.9'] }])
  const other = { ...masqueraded('10.0.0.1'), before: masqueraded('10.0.0.7').before }
  expect(summarize([table([masqueraded('10.0.0.1'), other], from('10.0.0.1'))])).toHaveLength(2)
})

test('ranges with equal changes by the same rules share an entry', () => {
  const by = (rule: string): Walk => ({
    probe: 'p',
    steps: [
      { family: 'ip', hook: 'input', table: 't', chain: 'c', rule, handle: 1, verdict: 'accept' },
    ],
  })
  const decided = (number: number, rule: string): ChangeRow => ({
    ...row(number, number),
    evidence: { number, before: by('old'), after: by(rule) },
  })
  const changes = summarize([
    table([decided(1, 'a'), decided(2, 'b'), decided(5, 'a'), row(9, 9, 'closed')]),
  ])
  expect(
    changes.map(({ ranges, row: { kind } }) => [kind, ranges.map((range) => range.from)]),
  ).toEqual([
    ['opened', [1, 5]],
    ['opened', [2]],
    ['closed', [9]],
  ])
})
