/** Claim: every reporter tells of every kind of result, and a new one is a file and a line. */
import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { everyReporter } from '../../tools/testing/reporter-suite.ts'
import { PLAIN } from '../quote/style.ts'
import type { Result } from '../result/result.ts'
import { BLOCKED, OPEN, result, row, scenario, table, WRONG } from './fixtures.ts'
import { renderJunit } from './junit.ts'
import { REPORTERS, type Registered } from './registry.ts'
import { plainly, REPORTS } from './report-fixtures.ts'
import type { Reporter, ReportKind } from './reporter.ts'
import { suitesOf } from './suites.ts'

describe('every reporter', () => everyReporter(REPORTERS))

/** The Test Anything Protocol, as somebody else might add it: one object. */
const tap: Reporter = {
  name: 'tap',
  medium: 'text',
  render(report) {
    const cases = suitesOf(report).flatMap((suite) => suite.cases)
    const lines = cases.map(
      ({ name, status }, i) =>
        `${status === 'passed' ? 'ok' : 'not ok'} ${i + 1} - ${JSON.stringify(name)}`,
    )
    return `${['TAP version 14', `1..${cases.length}`, ...lines].join('\n')}\n`
  },
}
const OUTSIDE: Registered = {
  name: 'tap',
  what: 'the Test Anything Protocol',
  load: async () => tap,
}

describe('a reporter from outside', () =>
  everyReporter([OUTSIDE], {
    tap: (text) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) =>
          /^(TAP version 14|1\.\.\d+|(?:not )?ok \d+ - ".*")$/s.exec(line)?.[0].slice(0, 6),
        ),
  }))

describe('cases', () => {
  const rows = (...wrong: (typeof WRONG)[]) => [
    row(0, 24, BLOCKED, { kind: 'dropped' }),
    ...wrong,
    row(26, 1024, BLOCKED, { kind: 'dropped' }),
    row(1025, 65535, OPEN, { kind: 'open' }),
  ]
  const of = (...wrong: (typeof WRONG)[]): Result =>
    result(
      [scenario([table(rows(...wrong))], { status: wrong.length > 0 ? 'mismatch' : 'conforms' })],
      {
        status: wrong.length > 0 ? 'mismatch' : 'conforms',
      },
    )
  const namesIn = (one: Result): string[] => {
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(renderJunit(one))
    return parsed.testsuites.testsuite.testcase.map(
      (found: Record<string, string>) => found['@_name'],
    )
  }

  test('are named by the path and the line of the policy', () => {
    expect(namesIn(of())).toEqual([
      `shop → internet · IPv4 · TCP · ${BLOCKED.clause.label}`,
      'shop → internet · IPv4 · TCP · allow SSH',
      'measurement',
    ])
  })

  test('have the same names where a port is wrong, which the failure says', () => {
    const unsteady = row(443, 443, OPEN, { kind: 'unsteady' }, 'unknown')
    for (const wrong of [[WRONG], [unsteady], [WRONG, unsteady]])
      expect(namesIn(of(...wrong))).toEqual(namesIn(of()))
    const xml = renderJunit(of(WRONG))
    expect(xml).toContain('message="25: expected blocked, observed OPEN"')
    expect(xml).toMatch(/replay: nftproof run default-egress --ports 25/)
  })

  test.each(Object.keys(REPORTS) as ReportKind[])(
    '(%s) do not all pass, because the verdict is not good',
    (kind) => {
      const statuses = suitesOf(REPORTS[kind](plainly())).flatMap(({ cases }) =>
        cases.map(({ status }) => status),
      )
      expect(statuses.some((status) => status !== 'passed')).toBe(true)
    },
  )

  test('of an interrupted run do not all pass', () => {
    const xml = renderJunit({ ...of(), interrupted: true })
    expect(xml).toMatch(/errors="1"/)
  })

  test('are as many as the policy has lines, on however many ports it is wrong', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) =>
      row(i * 2, i * 2, BLOCKED, { kind: 'open' }, 'mismatch'),
    )
    const all = result([scenario([table(many)], { status: 'mismatch' })], { status: 'mismatch' })
    expect(renderJunit(all).length).toBeLessThan(1 << 16)
    const github = await REPORTERS.find(({ name }) => name === 'github')!.load()
    const text = github.render({ kind: 'run', result: all }, { style: PLAIN, quiet: false })
    expect(text.split('\n')).toHaveLength(3)
    expect(text).toContain('::error file=p.yaml,line=3,title=default-egress%3A shop → internet')
  })
})
