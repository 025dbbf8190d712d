/** Claim: every reporter tells of every kind of result, and a new one is a file and a line. */
import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { everyReporter } from '../../tools/testing/reporter-suite.ts'
import { PLAIN } from '../quote/style.ts'
import type { Outcome } from '../result/outcome.ts'
import type { Result, TableResult } from '../result/result.ts'
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

  const varied = (smtp: Outcome, more: Partial<TableResult>) =>
    table([row(25, 25, BLOCKED, smtp, smtp.kind === 'open' ? 'mismatch' : 'conforms')], {
      variant: true,
      ...more,
    })
  const withVariants = (first: readonly (typeof WRONG)[], ...variants: TableResult[]): Result => {
    const whole = of(...first)
    const [one] = whole.scenarios
    const tables = [...one!.tables, ...variants]
    const status = tables.some(({ rows }) => rows.some(({ verdict }) => verdict === 'mismatch'))
      ? 'mismatch'
      : 'conforms'
    return { ...whole, status, scenarios: [{ ...one!, tables, status }] }
  }
  const FROM = [1, 20, 53].map((sourcePort) => ({ sourcePort }))

  test('have the same names whatever variants of packets the rules make', () => {
    for (const smtp of [{ kind: 'dropped' }, { kind: 'open' }] as const) {
      const more = [...FROM, { as: 'TTL 9' }, { destination: '192.0.2.9' }]
      const all = withVariants([], ...more.map((one) => varied(smtp, one)))
      expect(namesIn(all)).toEqual(namesIn(of()))
    }
  })

  test('of one hole are one, and its failure lists the variants that found it', () => {
    const all = FROM.map((one) => varied({ kind: 'open' }, one))
    const found = renderJunit(withVariants([WRONG], ...all))
    expect(found).toContain('failures="1"')
    expect(found).toContain('message="25: expected blocked, observed OPEN"')
    expect(found).toContain('also from source ports 1, 20, 53')
    const only = renderJunit(withVariants([], ...all, varied({ kind: 'open' }, { as: 'TTL 9' })))
    expect(only).toContain('failures="1"')
    expect(only).toContain('message="25: expected blocked, observed OPEN (from source port 1)"')
    expect(only).toMatch(/also from source ports 20, 53\n.*also as TTL 9/)
  })

  test('name the address of a variant without brackets', () => {
    const to = ['198.18.0.0, 2001:db8::1', '198.18.0.1'].map((destination) =>
      varied({ kind: 'open' }, { destination }),
    )
    const found = renderJunit(withVariants([], ...to))
    expect(found).toContain('observed OPEN (to 198.18.0.0)"')
    expect(found).toMatch(/^ *also to 198\.18\.0\.1$|^ *also to 198\.18\.0\.1</m)
  })

  test('of a sweep that the scenario names are its own', () => {
    const own = table([row(25, 25, BLOCKED, { kind: 'dropped' })], { as: '192.0.2.1' })
    expect(namesIn(withVariants([], own))).toContain(
      `shop as 192.0.2.1 → internet · IPv4 · TCP · ${BLOCKED.clause.label}`,
    )
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
