/** Claim: tables use the screen that there is: 80 columns where nothing is known, 200 where there are, 60 still whole. */
import { describe, expect, test } from 'vitest'
import { PLAIN } from '../quote/style.ts'
import { BLOCKED, result, row, scenario, table, WRONG } from './fixtures.ts'
import { renderMatrix } from './matrix-terminal.ts'
import { narrowed } from './narrow.ts'
import { plainly, REPORTS } from './report-fixtures.ts'
import type { ReportKind } from './reporter.ts'
import { terminal } from './terminal-reporter.ts'
import { fitted } from './widths.ts'

const long = { ...BLOCKED, clause: { ...BLOCKED.clause, label: 'a line of the policy '.repeat(8) } }
const found = result([scenario([table([row(0, 24, long, { kind: 'dropped' }), WRONG])])])

const linesOf = (columns: number, kind: ReportKind): string[] => {
  const report = kind === 'run' ? ({ kind, result: found } as const) : REPORTS[kind](plainly())
  return terminal.render(report, { style: { ...PLAIN, columns }, quiet: false }).split('\n')
}
const widthsOf = (lines: readonly string[]): number[] => lines.map((line) => [...line].length)

describe.each(Object.keys(REPORTS) as ReportKind[])('%s', (kind) => {
  test.each([60, 72, 80, 200])('on %i columns', (columns) => {
    // A command is copied whole.
    const lines = linesOf(columns, kind).filter((line) => !/nftproof /.test(line))
    expect(lines.filter((line) => [...line].length > columns)).toEqual([])
  })
})

test('a screen of 200 columns has a long line of a policy in one line', () => {
  const whole = (columns: number): boolean =>
    linesOf(columns, 'run').some((line) => line.includes('a line of the policy '.repeat(6)))
  expect([whole(80), whole(200)]).toEqual([false, true])
})

test('on 60 columns every number, expectation and observation is still there', () => {
  const text = linesOf(60, 'run').join('\n')
  expect(text).toMatch(/│ 0–24 +│ blocked +│ dropped/)
  expect(text).toMatch(/│ 25 +│ blocked +│ OPEN/)
})

test('a matrix of many targets stays within the screen', () => {
  const report = REPORTS.matrix(plainly())
  if (report.kind !== 'matrix') throw new Error('another kind')
  const { matrix } = report
  const targets = Array.from({ length: 6 }, (_, i) => ({
    ...matrix.targets[0]!,
    name: `a-target-with-a-long-name-${i}`,
  }))
  const cells = targets.map(({ name }) => ({ target: name, status: 'conforms' as const, wrong: 0 }))
  const many = { ...matrix, targets, scenarios: [{ id: 's', title: 't', cells }], differences: [] }
  const lines = renderMatrix(many, PLAIN).split('\n')
  expect(Math.max(...widthsOf(lines))).toBeLessThanOrEqual(80)
})

test.each([
  [80, [14, 24, 38]],
  [200, [14, 84, 98]],
  [60, [14, 14, 28]],
  [61, [14, 14, 28]],
])('columns for %i', (columns, widths) => {
  expect(fitted([14, 24, 38], [1, 2], { columns })).toEqual(widths)
})

test('prose is broken for a narrow screen, and tables and commands are not', () => {
  const prose = `   ${'word '.repeat(14).trim()}`
  const command = `   nftproof run ${'x'.repeat(70)}`
  const text = narrowed([prose, command, '│'.repeat(70)].join('\n'), { columns: 60 })
  expect(text.split('\n')).toHaveLength(4)
  expect(text).toContain(command)
  expect(narrowed(prose, {})).toBe(prose)
  expect(narrowed(`${prose} and more`, {}).split('\n')).toHaveLength(2)
  expect(text.replaceAll(/\s+/g, ' ')).toContain(prose.trim())
})
