/** Claim: variants belong to their path; a target without one is compared by its ordinary packets. */
import { expect, test } from 'vitest'
import { BLOCKED, OPEN, result, row, scenario, table } from '../report/fixtures.ts'
import type { Outcome } from '../result/outcome.ts'
import type { ScenarioResult, TableResult } from '../result/result.ts'
import { matrixOf, type Ran } from './matrix.ts'
import { statusOfRun, statusOfScenario } from './policy.ts'

const OPENED: Outcome = { kind: 'open' }
const DROPPED: Outcome = { kind: 'dropped' }
const REJECTED: Outcome = { kind: 'rejected', by: { kind: 'reset', from: '10.0.0.1' } }

const swept = (smtp: Outcome, more: Partial<TableResult> = {}): TableResult =>
  table(
    [
      row(22, 22, OPEN, OPENED),
      row(25, 25, BLOCKED, smtp, smtp.kind === 'open' ? 'mismatch' : 'conforms'),
    ],
    more,
  )
const variant = (smtp: Outcome, more: Partial<TableResult>): TableResult =>
  swept(smtp, { variant: true, ...more })

const ran = (name: string, ...tables: TableResult[]): Ran => {
  const one: ScenarioResult = scenario(tables)
  const whole = { ...one, status: statusOfScenario(one) }
  return {
    ...{ name, what: name },
    outcome: { kind: 'result', result: result([whole], { status: statusOfRun([whole]) }) },
  }
}

const FROM = [1, 20, 53].map((sourcePort) => ({ sourcePort }))
const seenIn = (...targets: Ran[]): string[] =>
  matrixOf(targets).differences.map(
    ({ path, from, to, seen }) =>
      `${path} ${from}–${to} ${seen.map((one) => `${one.targets}: ${one.words}`).join('; ')}`,
  )

test('a variant that one target lacks is no difference, and no gap', () => {
  const right = ran('right', swept(DROPPED))
  const other = ran('other', swept(DROPPED), ...FROM.map((one) => variant(DROPPED, one)))
  const rejecting = ran('other', swept(DROPPED), variant(REJECTED, { as: '192.0.2.1' }))
  for (const pair of [
    [right, other],
    [other, right],
    [right, rejecting],
  ])
    expect(matrixOf(pair)).toMatchObject({ status: 'same', differences: [], problems: [] })
})

test('a hole for one kind of packets is one difference, however many variants find it', () => {
  const right = ran('right', swept(DROPPED))
  const holed = ran('holed', swept(DROPPED), ...FROM.map((one) => variant(OPENED, one)))
  expect(seenIn(right, holed)).toEqual([
    'shop → internet · IPv4 · TCP · from source port 1 25–25 right: dropped; holed: open',
  ])
  expect(matrixOf([right, holed]).scenarios[0]!.cells.map(({ wrong }) => wrong)).toEqual([0, 1])
})

test('a hole for all packets is told once, as one of ordinary packets', () => {
  const right = ran('right', swept(DROPPED))
  const holed = ran('holed', swept(OPENED), ...FROM.map((one) => variant(OPENED, one)))
  expect(seenIn(right, holed)).toEqual([
    'shop → internet · IPv4 · TCP 25–25 right: dropped; holed: open',
  ])
})

test('a variant is compared with a variant, where both targets have it', () => {
  const as = { as: 'TTL 9' }
  const both = [
    ran('one', swept(DROPPED), variant(OPENED, as)),
    ran('two', swept(DROPPED), variant(DROPPED, as)),
  ]
  expect(seenIn(...both)).toEqual([
    'shop as TTL 9 → internet · IPv4 · TCP 25–25 one: open; two: dropped',
  ])
  const alike = ['one', 'two'].map((name) => ran(name, swept(DROPPED), variant(OPENED, as)))
  expect(seenIn(...alike)).toEqual([])
})

test('a variant of another promise is not compared with ordinary packets', () => {
  const granted = table([row(25, 25, OPEN, OPENED)], { variant: true, destination: '192.0.2.9' })
  expect(seenIn(ran('a', swept(DROPPED)), ran('b', swept(DROPPED), granted))).toEqual([])
})

test('a sweep of the scenario itself that one target lacks stays unknown', () => {
  const own = swept(DROPPED, { as: '192.0.2.1' })
  const matrix = matrixOf([ran('a', swept(DROPPED)), ran('b', swept(DROPPED), own)])
  expect(matrix.status).toBe('unknown')
  expect(matrix.problems).toEqual([
    'default-egress · shop as 192.0.2.1 → internet · IPv4 · TCP: not probed on a',
  ])
})

test('a path that differs does not list its source ports besides', () => {
  const ports = [{ from: 0, to: 65535 }]
  const sourcePorts = (from: number[]) => [
    {
      ...{ from: 'shop', to: 'internet', family: 4, protocol: 'tcp', ports, towards: [25] },
      ...{ probes: 9, exceptions: from.map((one) => ({ from: one, to: one })) },
    } as const,
  ]
  const of = (name: string, smtp: Outcome, odd: number[]): Ran => {
    const one = ran(name, swept(smtp))
    if (one.outcome.kind === 'result')
      Object.assign(one.outcome.result.scenarios[0]!, { sourcePorts: sourcePorts(odd) })
    return one
  }
  expect(seenIn(of('a', DROPPED, []), of('b', OPENED, [0, 20, 53]))).toHaveLength(1)
  expect(seenIn(of('a', DROPPED, []), of('b', DROPPED, [0, 20, 53]))).toHaveLength(3)
})
