/** Claim: what could not be measured is said in every report, and leaves none of them green. */
import { describe, expect, test } from 'vitest'
import { statusOfRun } from '../compare/policy.ts'
import { PLAIN } from '../quote/style.ts'
import type { NotMeasured, ScenarioResult } from '../result/result.ts'
import { resultSchema } from '../result/result-schema.ts'
import { OPEN, result, row, scenario, table, WRONG } from './fixtures.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { renderScenario, renderScenarioQuietly } from './terminal.ts'
import { renderSummary } from './terminal-summary.ts'

const MISSING: NotMeasured = {
  family: 6,
  cause: 'environment',
  reason: 'ebtables was not found: install the package ebtables',
}
const REFUSED: NotMeasured = {
  cause: 'input',
  reason: 'nft refuses a.nft:\na.nft:3:7-9: Error: syntax error\n    tcp dprt 1\n        ^^^^',
}

const good = (id: string): ScenarioResult =>
  scenario([table([row(22, 22, OPEN, { kind: 'open' })])], { id })
const not = (id: string, ...notMeasured: NotMeasured[]): ScenarioResult =>
  scenario([], { id, status: 'unknown', notMeasured })
const of = (...scenarios: ScenarioResult[]) => result(scenarios, { status: statusOfRun(scenarios) })

describe('the summary of a run with scenarios not measured', () => {
  test.each([
    [
      'all others conform',
      of(good('a'), not('b', MISSING), good('c')),
      '? 2 of 3 scenarios conform, 1 not measured:',
    ],
    [
      'one other conforms',
      of(good('a'), not('b', MISSING)),
      '? 1 of 2 scenarios conforms, 1 not measured:',
    ],
    [
      'nothing was measured',
      of(not('a', MISSING), not('b', REFUSED)),
      '? 0 of 2 scenarios conform, 2 not measured:',
    ],
    [
      'a mismatch is known',
      of(scenario([table([WRONG])], { id: 'a', status: 'mismatch' }), not('b', MISSING)),
      '✘ 1 port failed in 1 of 2 scenarios, 1 not measured:',
    ],
    [
      'something else is unknown',
      of(
        scenario([], { id: 'a', status: 'unknown', problems: ['interrupted'] }),
        not('b', MISSING),
      ),
      '? not proved: 0 ports unknown in 2 scenarios, 1 not measured:',
    ],
  ])('where %s', (_, whole, line) => {
    expect(renderSummary(whole, PLAIN).replaceAll(/\s+/g, ' ')).toContain(line)
  })

  test('lists each of them with its reason in one or two lines', () => {
    const text = renderSummary(of(good('a'), not('b', MISSING), not('c', REFUSED)), PLAIN)
    expect(text).toContain(' ? b · IPv6 not measured: ebtables was not found: install the package')
    expect(text).toContain('? c · not measured: nft refuses a.nft: a.nft:3:7-9: Error: syntax')
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
  })

  test('does not say that the others conform when interrupted', () => {
    const whole = { ...of(good('a'), not('b', MISSING)), interrupted: true }
    expect(renderSummary(whole, PLAIN)).not.toContain('conform')
  })
})

test('the terminal shows the whole reason, with carets below the right words', () => {
  for (const render of [renderScenario, renderScenarioQuietly])
    for (const notes of [undefined, ['a note']])
      expect(render({ ...not('c', REFUSED), ...(notes ? { notes } : {}) }, PLAIN)).toBe(
        ` ? c · not measured:
   nft refuses a.nft:
   a.nft:3:7-9: Error: syntax error
       tcp dprt 1
           ^^^^`,
      )
})

test('a firewall measured over one family has its table and the reason', () => {
  const half = { ...good('c'), status: 'unknown', notes: [], notMeasured: [MISSING] } as const
  const text = renderScenario(half, PLAIN)
  expect(text).toContain('tcp/22 (IPv4)')
  expect(text).toContain(' ? c · IPv6 not measured:\n   ebtables was not found')
})

test('a reason cannot act on the terminal or flood it', () => {
  const reason = `\u001b[2J${'a line\n'.repeat(500)}`
  const text = renderScenario(not('c', { cause: 'environment', reason }), PLAIN)
  expect(text).not.toContain('\u001b')
  expect(text.split('\n')).toHaveLength(22)
  expect(text).toContain('… and 480 more lines')
})

test('JUnit has an error with the whole reason for each', () => {
  const xml = renderJunit(of(good('a'), not('b', MISSING), not('c', REFUSED)))
  expect(xml).toContain('tests="4" failures="0" errors="2"')
  expect(xml).toContain(
    'message="not measured: nft refuses a.nft: a.nft:3:7-9: Error: syntax error"',
  )
  expect(xml).toContain('      tcp dprt 1\n          ^^^^</error>')
})

test('Markdown counts and lists scenarios not measured', () => {
  const text = renderMarkdown(of(good('a'), not('b', MISSING)))
  expect(text).toContain('## nftproof: not proved')
  expect(text).toContain('1 of 2 scenarios conforms, 1 not measured.')
  expect(text).toContain('| ? | b | IPv6 not measured | | | ebtables was not found')
})

test('scenarios not measured fit the published schema', () => {
  const read = resultSchema.safeParse(of(good('a'), not('b', MISSING, REFUSED)))
  expect(read.error).toBeUndefined()
})
