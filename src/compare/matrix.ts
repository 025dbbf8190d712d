/**
 * The same scenarios on several targets (machines, images, boxes): where do their results differ?
 */

import { PortSet, type Range } from '../net/port-set.ts'
import type {
  Difference,
  Matrix,
  MatrixCell,
  MatrixScenario,
  MatrixTarget,
} from '../result/matrix.ts'
import { isNotMeasured } from '../result/not-measured.ts'
import type { Result, ScenarioResult, Verdict } from '../result/result.ts'
import { differing, unionOf } from '../result/tested.ts'
import { RESULT_VERSION } from '../result/version.ts'
import { basePath, pathWords } from '../result/words.ts'
import { sourcePortWords } from './matrix-paths.ts'
import { compareScenario } from './matrix-scenario.ts'
import type { There } from './matrix-variants.ts'

/** A target with its results, or the error if the run failed there. */
export interface Ran {
  readonly name: string
  /** The target as given: `here`, `image:debian12`, `result:FILE` … */
  readonly what: string
  readonly outcome:
    | { readonly kind: 'result'; readonly result: Result }
    /** `isInput`: the cause is bad usage or bad input. */
    | { readonly kind: 'failure'; readonly reason: string; readonly isInput?: boolean }
}

export function matrixOf(ran: readonly Ran[]): Matrix {
  const ids = [...new Set(ran.flatMap((one) => scenariosOf(one).map(({ id }) => id)))]
  const scenarios = ids.map((id) => rowOf(id, ran))
  const compared = ids.map((id) => compareScenario(id, placesOf(id, ran)))
  const differences = withoutRepeated(compared.flatMap((one) => one.differences))
  const problems = [
    ...ran.flatMap(({ name, outcome }) =>
      outcome.kind === 'failure' ? [`${name}: ${outcome.reason}`] : [],
    ),
    ...ran.flatMap(({ name, outcome }) =>
      outcome.kind === 'result' && outcome.result.interrupted ? [`${name}: interrupted`] : [],
    ),
    ...otherBytes(ran),
    ...compared.flatMap((one) => one.problems),
  ]
  const isKnown = problems.length === 0 && scenarios.every(({ cells }) => cells.every(isMeasured))
  return {
    format: 'nftproof-matrix',
    version: RESULT_VERSION,
    status: differences.length > 0 ? 'different' : isKnown ? 'same' : 'unknown',
    targets: ran.map(placeOf),
    scenarios,
    differences,
    tested: unionOf(resultsOf(ran).map(({ result }) => result.tested)),
    problems,
  }
}

interface TargetResult {
  readonly name: string
  readonly result: Result
}

const resultsOf = (ran: readonly Ran[]): TargetResult[] =>
  ran.flatMap(({ name, outcome }) =>
    outcome.kind === 'result' ? [{ name, result: outcome.result }] : [],
  )

/** Scenarios with one name are the same only if their files are. */
function otherBytes(ran: readonly Ran[]): string[] {
  const [first, ...others] = resultsOf(ran)
  return others.flatMap(({ name, result }) => {
    const paths = differing(result.tested, first!.result.tested)
    return paths.length === 0
      ? []
      : [`${name}: its ${paths.join(', ')} differs from the file of ${first!.name}`]
  })
}

const isMeasured = ({ status }: MatrixCell): boolean =>
  status === 'conforms' || status === 'mismatch'

function placeOf({ name, what, outcome }: Ran): MatrixTarget {
  if (outcome.kind === 'failure') return { name, what, failure: outcome.reason, status: 'unknown' }
  const { versions, status } = outcome.result
  return { name, what, versions, status }
}

const scenariosOf = ({ outcome }: Ran): readonly ScenarioResult[] =>
  outcome.kind === 'result' ? outcome.result.scenarios : []

const scenarioIn = (one: Ran, id: string): ScenarioResult | undefined =>
  scenariosOf(one).find((scenario) => scenario.id === id)

function placesOf(id: string, ran: readonly Ran[]): There[] {
  return ran.flatMap((one) => {
    const scenario = scenarioIn(one, id)
    return scenario ? [{ target: one.name, scenario }] : []
  })
}

function rowOf(id: string, ran: readonly Ran[]): MatrixScenario {
  const cells = ran.map((one): MatrixCell => {
    const scenario = scenarioIn(one, id)
    if (!scenario) return { target: one.name, status: 'absent', wrong: 0 }
    const isUnmeasured = scenario.status === 'unknown' && isNotMeasured(scenario)
    const status = isUnmeasured ? 'not measured' : scenario.status
    return { target: one.name, status, wrong: wrongIn(scenario) }
  })
  const title = ran.flatMap((one) => scenarioIn(one, id) ?? [])[0]!.title
  return { id, title, cells }
}

/** Each number of a path once, however many variants of its packets differ from the expectation. */
function wrongIn({ tables, handshakes, flows }: ScenarioResult): number {
  const swept = tables.flatMap((table) => wrongOf(pathWords(basePath(table)), table.rows))
  const shaken = handshakes.flatMap((one) => wrongOf(`handshake ${pathWords(one)}`, one.rows))
  const flowing = flows.flatMap((one) => wrongOf(`flow ${pathWords(one)}`, one.rows))
  const byPath = Map.groupBy([...swept, ...shaken, ...flowing], ({ path }) => path)
  return [...byPath.values()].reduce((sum, own) => sum + PortSet.of(...own).size, 0)
}

const wrongOf = (path: string, rows: readonly (Range & { readonly verdict: Verdict })[]) =>
  rows.filter(({ verdict }) => verdict !== 'conforms').map(({ from, to }) => ({ path, from, to }))

/** That a path differs shows at its source ports too. */
function withoutRepeated(differences: readonly Difference[]): Difference[] {
  const paths = new Set(differences.map(({ path }) => sourcePortWords(path)))
  return differences.filter(({ path }) => !paths.has(path))
}
