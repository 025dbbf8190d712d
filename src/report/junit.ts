/** JUnit XML for CI systems: one suite for each scenario, one case for each table row. */

import { rangeWords } from '../net/text.ts'
import { xmlText } from '../quote/xml.ts'
import { notMeasuredWords } from '../result/not-measured.ts'
import type { Result, Row, ScenarioResult, Verdict } from '../result/result.ts'
import { untestedProblems } from '../result/untested.ts'
import { pathWords } from '../result/words.ts'
import { ruleWords } from './distinct.ts'
import { shortReason } from './not-measured.ts'
import { attemptWords, expectedWords, observedWords } from './words.ts'

interface Case {
  readonly '@name': string
  readonly '@classname': string
  readonly '@time'?: string
  readonly failure?: { readonly '@message': string; readonly '#text': string }
  readonly error?: { readonly '@message': string; readonly '#text': string }
}

export function renderJunit(result: Result): string {
  const suites = [...result.scenarios.map(suite), ...mergeSuites(result)]
  const all = suites.flatMap((s) => s.testcase)
  return xmlText({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': 'nftproof',
      ...totals(all),
      '@time': time(result.timing.totalMs),
      testsuite: suites,
    },
  })
}

/**
 * Missing shards must fail the suite. If all shards are present, the report equals that of an
 * unsharded run.
 */
function mergeSuites({ merged, timing }: Result) {
  if (!merged || merged.problems.length === 0) return []
  const testcase = merged.problems.map((problem) => ({
    '@name': 'shards',
    '@classname': 'merge',
    ...verdict('unknown', problem, [problem]),
  }))
  return [
    {
      '@name': 'merge',
      ...totals(testcase),
      '@time': time(timing.totalMs),
      '@timestamp': timing.startedAt,
      testcase,
    },
  ]
}

function suite(scenario: ScenarioResult) {
  const testcase = [
    ...rowCases(scenario),
    ...handshakeCases(scenario),
    ...flowCases(scenario),
    ...sourcePortCases(scenario),
    ...controlCases(scenario),
    ...problemCases(scenario),
    ...notMeasuredCases(scenario),
  ]
  return {
    '@name': scenario.id,
    ...totals(testcase),
    '@time': time(scenario.timing.totalMs),
    '@timestamp': scenario.timing.startedAt,
    testcase,
  }
}

function totals(cases: readonly Case[]) {
  return {
    '@tests': cases.length,
    '@failures': cases.filter((c) => c.failure).length,
    '@errors': cases.filter((c) => c.error).length,
  }
}

const time = (ms: number): string => (ms / 1000).toFixed(3)

function rowCases(scenario: ScenarioResult): Case[] {
  return scenario.tables.flatMap((table) =>
    table.rows.map((row) => ({
      '@name': `${pathWords(table)} · ${rangeWords(row)} ${expectedWords(row.expected, row.observed)} (${row.expected.clause.label})`,
      '@classname': scenario.id,
      ...verdict(row.verdict, `observed ${observedWords(row.observed, row.verdict)}`, [
        `expected: ${expectedWords(row.expected, row.observed)}`,
        `actual: ${observedWords(row.observed, row.verdict)}`,
        ...ruleLine(row),
        ...row.attempts.map((a, i) => `attempt ${i + 1}: ${attemptWords(a)}`),
        ...replayLine(row),
      ]),
    })),
  )
}

/** The deciding rule, if its position is known. */
function ruleLine(row: Row): string[] {
  const words = ruleWords(row)
  return words === '' ? [] : [`decided ${words.slice(', '.length)}`]
}

function replayLine({ replay }: { readonly replay?: string }): string[] {
  return replay === undefined ? [] : [`replay: ${replay}`]
}

function handshakeCases(scenario: ScenarioResult): Case[] {
  return scenario.handshakes.flatMap((table) =>
    table.rows.map((row) => ({
      '@name': `${pathWords(table)} · handshake ${rangeWords(row)} ${row.expected}`,
      '@classname': scenario.id,
      ...verdict(row.verdict, row.observed, [
        `expected: ${row.expected}`,
        `actual: ${row.observed}`,
        ...replayLine(row),
      ]),
    })),
  )
}

function flowCases(scenario: ScenarioResult): Case[] {
  return scenario.flows.flatMap((flow) =>
    flow.rows.map((row) => ({
      '@name': `${pathWords(flow)} · established flow ${rangeWords(row)} ${row.expected}`,
      '@classname': scenario.id,
      ...verdict(row.verdict, row.observed, [
        `expected: ${row.expected}`,
        `actual: ${row.observed}`,
        ...replayLine(row),
      ]),
    })),
  )
}

/**
 * A case for each range of source ports that changes an outcome. A correct sweep has no cases here.
 */
function sourcePortCases(scenario: ScenarioResult): Case[] {
  return scenario.sourcePorts.flatMap((result) =>
    result.exceptions.map((range) => ({
      '@name': `${pathWords(result)} · from source port ${rangeWords(range)}`,
      '@classname': scenario.id,
      ...verdict('unknown', 'a different outcome than from an ordinary source port', []),
    })),
  )
}

function controlCases(scenario: ScenarioResult): Case[] {
  return scenario.controls.map((control) => ({
    '@name': `${pathWords(control)} · control: ${control.ruleset === 'none' ? 'no rules' : 'drop all'}`,
    '@classname': scenario.id,
    ...verdict(control.passed ? 'conforms' : 'unknown', control.reason ?? '', [
      control.reason ?? '',
    ]),
  }))
}

/** A problem outside the tables must fail the suite too. */
function problemCases(scenario: ScenarioResult): Case[] {
  return [...scenario.problems, ...untestedProblems(scenario)].map((problem) => ({
    '@name': 'measurement',
    '@classname': scenario.id,
    ...verdict('unknown', problem, [problem]),
  }))
}

/** This is an error, not a skip, because CI systems count a skipped case as passed. */
function notMeasuredCases({ id, notMeasured = [] }: ScenarioResult): Case[] {
  return notMeasured.map((one) => ({
    '@name': 'measurement',
    '@classname': id,
    ...verdict('unknown', `${notMeasuredWords(one)}: ${shortReason(one)}`, [one.reason]),
  }))
}

function verdict(
  verdict: Verdict,
  message: string,
  details: readonly string[],
): Pick<Case, 'failure' | 'error'> {
  if (verdict === 'conforms') return {}
  const body = { '@message': message, '#text': details.join('\n') }
  return verdict === 'mismatch' ? { failure: body } : { error: body }
}
