/** The cases of a matrix: each scenario on each target, and whether the targets agree about it. */
import { count } from '../net/text.ts'
import type { Matrix, MatrixCell, MatrixScenario } from '../result/matrix.ts'
import {
  caseOf,
  errors,
  type Finding,
  MEASUREMENT,
  merged,
  type Suite,
  withVerdict,
} from './case.ts'
import { alikeRanges, rangesWords, seenWords } from './matrix-terminal.ts'

export function casesOfMatrix(matrix: Matrix): Suite[] {
  const suites = [
    ...matrix.scenarios.map((one) => suiteOf(one, matrix)),
    { name: 'matrix', cases: [caseOf(MEASUREMENT, errors(matrix.problems))] },
  ]
  const isGood =
    matrix.status === 'same' && matrix.targets.every(({ status }) => status === 'conforms')
  return withVerdict(suites, isGood, 'not everything is known')
}

function suiteOf({ id, cells }: MatrixScenario, { differences }: Matrix): Suite {
  const own = differences.filter(({ scenario }) => scenario === id)
  const cases = [
    ...cells.map((cell) => caseOf(cell.target, cellFindings(cell))),
    caseOf(
      'no difference between targets',
      alikeRanges(own).map(
        (one): Finding => ({
          status: 'failed',
          message: `${one.path} ${rangesWords(one)}: ${seenWords(one.seen)}`,
        }),
      ),
    ),
  ]
  return { name: id, cases: merged(cases) }
}

function cellFindings({ status, wrong }: MatrixCell): Finding[] {
  switch (status) {
    case 'conforms':
      return []
    case 'mismatch':
      return [{ status: 'failed', message: `${count(wrong)} not as expected` }]
    case 'unknown':
    case 'absent':
    case 'not measured':
      return errors([status === 'absent' ? 'not run' : status])
    default:
      throw new Error(`unknown status ${status satisfies never}`)
  }
}
