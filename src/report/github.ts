/** Annotations for GitHub Actions: each case that does not pass, at its policy line. */
import { counted } from '../net/text.ts'
import { type Annotation, annotation } from '../quote/github.ts'
import type { Case, Suite } from './case.ts'
import type { Report, Reporter } from './reporter.ts'
import { suitesOf } from './suites.ts'

export const github: Reporter = { name: 'github', medium: 'commands', render }

/** GitHub shows ten annotations of each level; the log has all of these. */
const MAX_CASES = 50
/** Findings named in one annotation. */
const MAX_FINDINGS = 5

function render(report: Report): string {
  const suites = suitesOf(report)
  const wrong = [...withStatus(suites, 'failed'), ...withStatus(suites, 'error')]
  const left = wrong.length - MAX_CASES
  return [
    ...wrong.slice(0, MAX_CASES).map(annotationOf),
    ...(left > 0 ? [notice(`and ${counted(left, 'more case')} that did not pass`)] : []),
    notice(summaryOf(suites)),
  ]
    .map((one) => `${annotation(one)}\n`)
    .join('')
}

interface Named {
  readonly suite: string
  readonly one: Case
}

const withStatus = (suites: readonly Suite[], status: Case['status']): Named[] =>
  suites.flatMap(({ name, cases }) =>
    cases.filter((one) => one.status === status).map((one) => ({ suite: name, one })),
  )

/** Both levels are errors, because unknown results do not pass. */
function annotationOf({ suite, one }: Named): Annotation {
  const { name, findings } = one
  const at = findings.find((finding) => finding.at)?.at
  const left = findings.length - MAX_FINDINGS
  const lines = findings.slice(0, MAX_FINDINGS).map(({ message }) => message)
  const more = left > 0 ? [`and ${left} more`] : []
  return {
    level: 'error',
    title: `${suite}: ${name}`,
    message: [...lines, ...more].join('\n'),
    file: at?.file,
    line: at?.line,
  }
}

const notice = (message: string): Annotation => ({ level: 'notice', title: 'nftproof', message })

function summaryOf(suites: readonly Suite[]): string {
  const [failed, unknown] = [
    withStatus(suites, 'failed').length,
    withStatus(suites, 'error').length,
  ]
  const all = suites.reduce((sum, { cases }) => sum + cases.length, 0)
  if (failed + unknown === 0) return `all ${counted(all, 'case')} passed`
  return `${failed} failed and ${unknown} not proved of ${counted(all, 'case')}`
}
