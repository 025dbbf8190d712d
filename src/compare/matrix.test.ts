import { expect, test } from 'vitest'
import { PLAIN } from '../quote/style.ts'
import { BLOCKED, OPEN, result, row, scenario, TESTED, table } from '../report/fixtures.ts'
import { renderMatrixMarkdown } from '../report/matrix-markdown.ts'
import { renderMatrix } from '../report/matrix-terminal.ts'
import type { Matrix } from '../result/matrix.ts'
import { matrixSchema } from '../result/matrix-schema.ts'
import type { Outcome } from '../result/outcome.ts'
import type { ScenarioResult, TableResult, Verdict } from '../result/result.ts'
import { matrixOf, type Ran } from './matrix.ts'
import { statusOfRun } from './policy.ts'

const swept = (smtp: Outcome, verdict: Verdict, more: Partial<TableResult> = {}): TableResult =>
  table(
    [
      row(22, 22, OPEN, { kind: 'open' }),
      row(23, 24, BLOCKED, { kind: 'dropped' }),
      row(25, 25, BLOCKED, smtp, verdict),
    ],
    more,
  )

const ran = (name: string, ...scenarios: ScenarioResult[]): Ran => ({
  name,
  what: `image:${name}`,
  outcome: { kind: 'result', result: result(scenarios, { status: statusOfRun(scenarios) }) },
})

const conforming = scenario([swept({ kind: 'dropped' }, 'conforms')])
const leaking = scenario([swept({ kind: 'open' }, 'mismatch')], { status: 'mismatch' })

test('equal results everywhere are not a difference', () => {
  const matrix = matrixOf([ran('old', conforming), ran('new', conforming)])
  expect(matrix).toMatchObject({ status: 'same', differences: [], problems: [] })
  expect(renderMatrix(matrix, PLAIN)).toContain('✔ no difference: 1 scenario on 2 targets')
})

test('targets that read different file contents are not comparable', () => {
  const other = ran('new', conforming)
  const files = TESTED.files.map((file) => ({ ...file, sha256: 'c'.repeat(64) }))
  if (other.outcome.kind === 'result') Object.assign(other.outcome.result, { tested: { files } })
  const matrix = matrixOf([ran('old', conforming), other])
  expect(matrix.status).toBe('unknown')
  expect(matrix.problems).toEqual(['new: its policies/zerops.yaml differs from the file of old'])
  expect(matrix.tested.files).toEqual([...TESTED.files, ...files])
})

test('equal mismatches are not a difference, and no target conforms', () => {
  const matrix = matrixOf([ran('old', leaking), ran('new', leaking)])
  expect(matrix.status).toBe('same')
  expect(renderMatrix(matrix, PLAIN)).toContain(
    '✘ no difference between targets; 2 targets do not conform',
  )
})

test('a port open in one target only is reported with the outcome in each', () => {
  const matrix = matrixOf([ran('a', conforming), ran('b', leaking), ran('c', conforming)])
  expect(matrix.status).toBe('different')
  expect(matrix.differences).toEqual([
    {
      scenario: 'default-egress',
      path: 'shop → internet · IPv4 · TCP',
      from: 25,
      to: 25,
      seen: [
        { targets: ['a', 'c'], words: 'dropped' },
        { targets: ['b'], words: 'open' },
      ],
    },
  ])
  expect(matrix.scenarios[0]!.cells).toContainEqual({ target: 'b', status: 'mismatch', wrong: 1 })
  expect(renderMatrix(matrix, PLAIN)).toContain('✘ 25: a, c: dropped; b: open')
  expect(renderMatrixMarkdown(matrix)).toContain('25: a, c: dropped; b: open')
})

test.each<[string, readonly Ran[], string]>([
  [
    'a target where nothing ran',
    [
      ran('a', conforming),
      { name: 'b', what: 'image:b', outcome: { kind: 'failure', reason: 'no such image' } },
    ],
    'b: no such image',
  ],
  [
    'a port with an unknown outcome',
    [
      ran('a', conforming),
      ran(
        'b',
        scenario([swept({ kind: 'inconclusive', reason: 'lost' }, 'unknown')], {
          status: 'unknown',
        }),
      ),
    ],
    'default-egress · shop → internet · IPv4 · TCP: 25 unknown on b',
  ],
  [
    'a limit',
    [
      ran('a', conforming),
      ran('b', scenario([swept({ kind: 'unsteady' }, 'unknown')], { status: 'unknown' })),
    ],
    'default-egress · shop → internet · IPv4 · TCP: 25 unknown on b',
  ],
  [
    'an unprobed path',
    [
      ran('a', conforming),
      ran('b', scenario([swept({ kind: 'dropped' }, 'conforms', { protocol: 'udp' })])),
    ],
    'default-egress · shop → internet · IPv4 · TCP: not probed on b',
  ],
  [
    'unprobed ports',
    [ran('a', conforming), ran('b', scenario([table([row(22, 22, OPEN, { kind: 'open' })])]))],
    'default-egress · shop → internet · IPv4 · TCP: a probed ports that other targets did not probe',
  ],
  [
    'a failed control',
    [
      ran('a', conforming),
      ran('b', scenario(conforming.tables, { status: 'unknown', problems: ['blind'] })),
    ],
    'default-egress on b: blind',
  ],
])('%s is never the same', (_, all, problem) => {
  const matrix = matrixOf(all)
  expect(matrix.status).toBe('unknown')
  expect(matrix.problems).toContain(problem)
  expect(renderMatrix(matrix, PLAIN)).toContain('? some results are unknown')
})

test('a scenario missing in one target is never the same', () => {
  const other = { ...conforming, id: 'other' }
  const matrix = matrixOf([ran('a', conforming, other), ran('b', conforming)])
  expect(matrix.status).toBe('unknown')
  expect(renderMatrix(matrix, PLAIN)).toContain('not run')
})

test('handshakes are compared on the ports tried in every target', () => {
  const exchanged = (observed: string, verdict: Verdict): ScenarioResult => ({
    ...conforming,
    handshakes: [
      {
        ...{ from: 'shop', to: 'internet', family: 4, protocol: 'tcp', count: 2 },
        rows: [
          { from: 22, to: 22, expected: 'completes', observed, verdict },
          { from: 90, to: 90, expected: 'blocked', observed: 'no SYN-ACK', verdict: 'conforms' },
        ].slice(0, observed === 'completed' ? 2 : 1) as never,
      },
    ],
  })
  const matrix = matrixOf([
    ran('a', exchanged('completed', 'conforms')),
    ran('b', exchanged('no data back', 'mismatch')),
  ])
  expect(matrix.differences).toMatchObject([
    { path: 'handshake shop → internet · IPv4 · TCP', from: 22, to: 22 },
  ])
})

test('a scenario not measured in one target is reported there and hides no other difference', () => {
  const reason = 'nft has no such match: install a newer one'
  const not = scenario([], {
    status: 'unknown',
    notMeasured: [{ cause: 'environment', reason }],
  })
  const matrix = matrixOf([ran('a', conforming), ran('b', not), ran('c', leaking)])
  expect(matrix.scenarios[0]!.cells.map(({ status }) => status)).toEqual([
    'conforms',
    'not measured',
    'mismatch',
  ])
  expect(matrix.problems).toEqual([`default-egress on b: not measured: ${reason}`])
  expect(matrix.differences).toHaveLength(1)
  const two = matrixOf([ran('a', conforming), ran('b', not)])
  expect(two.status).toBe('unknown')
  expect(renderMatrix(two, PLAIN)).toContain('not measured')
  expect(renderMatrixMarkdown(two)).toContain('| ✔ | not measured |')
  expect(matrixSchema.parse(JSON.parse(JSON.stringify(two)))).toEqual(two)
})

test('the printed matrix fits the published schema', () => {
  const matrix: Matrix = matrixOf([ran('a', conforming), ran('b', leaking)])
  expect(matrixSchema.parse(JSON.parse(JSON.stringify(matrix)))).toEqual(matrix)
})

test('outcomes are compared, not their words: a rejection by another address is another one', () => {
  const by = (from: string): Outcome => ({ kind: 'rejected', by: { kind: 'reset', from } })
  const at = (name: string, from: string): Ran => ran(name, scenario([swept(by(from), 'conforms')]))
  expect(matrixOf([at('a', '192.0.2.1'), at('b', '192.0.2.1')]).status).toBe('same')
  const { status, differences } = matrixOf([at('a', '192.0.2.1'), at('b', '192.0.2.9')])
  expect(status).toBe('different')
  const words = differences[0]!.seen.map((one) => one.words)
  expect(new Set(words).size).toBe(2)
  expect(words[1]).toContain('192.0.2.9')
})
