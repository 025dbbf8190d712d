/** JUnit XML for CI systems. */
import { count } from '../net/text.ts'
import { xmlText } from '../quote/xml.ts'
import type { Result } from '../result/result.ts'
import type { Case, Finding, Suite } from './case.ts'
import type { Report, Reporter } from './reporter.ts'
import { suitesOf } from './suites.ts'

export const junit: Reporter = { name: 'junit', medium: 'text', render: junitOf }

/** Of a run. */
export const renderJunit = (result: Result): string => junitOf({ kind: 'run', result })

function junitOf(report: Report): string {
  const suites = suitesOf(report)
  const cases = suites.flatMap((suite) => suite.cases)
  const ms = suites.reduce((sum, { totalMs = 0 }) => sum + totalMs, 0)
  return xmlText({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': 'nftproof',
      ...totals(cases),
      '@time': time(report.kind === 'run' ? report.result.timing.totalMs : ms),
      testsuite: suites.map(suiteElement),
    },
  })
}

function suiteElement({ name, cases, totalMs, startedAt }: Suite) {
  return {
    '@name': name,
    ...totals(cases),
    ...(totalMs === undefined ? {} : { '@time': time(totalMs) }),
    ...(startedAt === undefined ? {} : { '@timestamp': startedAt }),
    testcase: cases.map((one) => caseElement(name, one)),
  }
}

function totals(cases: readonly Case[]) {
  const of = (status: Case['status']): number => cases.filter((one) => one.status === status).length
  return { '@tests': cases.length, '@failures': of('failed'), '@errors': of('error') }
}

const time = (ms: number): string => (ms / 1000).toFixed(3)

/** This is an error, not a skip, because CI systems count a skipped case as passed. */
function caseElement(suite: string, { name, status, findings }: Case) {
  const own = { '@name': name, '@classname': suite }
  if (status === 'passed') return own
  const body = { '@message': messageOf(findings), '#text': textOf(findings) }
  return status === 'failed' ? { ...own, failure: body } : { ...own, error: body }
}

/** Findings named in one message; CI systems show it in one line. */
const MAX_NAMED = 3
/** Findings with their details; a firewall can be wrong on every port. */
const MAX_FINDINGS = 200

function messageOf(findings: readonly Finding[]): string {
  const worst = worstFirst(findings)
  const left = worst.length - MAX_NAMED
  const named = worst.slice(0, MAX_NAMED).map(({ message }) => message)
  return `${named.join('; ')}${left > 0 ? `; and ${count(left)} more` : ''}`
}

function textOf(findings: readonly Finding[]): string {
  const left = findings.length - MAX_FINDINGS
  return [
    ...worstFirst(findings)
      .slice(0, MAX_FINDINGS)
      .flatMap(({ message, details = [] }) => [message, ...details.map((line) => `  ${line}`)]),
    ...(left > 0 ? [`… and ${count(left)} more; the JSON has all`] : []),
  ].join('\n')
}

const worstFirst = (findings: readonly Finding[]): Finding[] => [
  ...findings.filter(({ status }) => status === 'failed'),
  ...findings.filter(({ status }) => status === 'error'),
]
