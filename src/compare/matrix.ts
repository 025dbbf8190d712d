/**
 * The same scenarios on several targets (machines, images, boxes): where do their results differ?
 */

import { PortSet, type Range } from '../net/port-set.ts'
import { compress, join, type RangeMap, type Span } from '../net/range-map.ts'
import { rangeWords } from '../net/text.ts'
import type {
  Difference,
  Matrix,
  MatrixCell,
  MatrixScenario,
  MatrixTarget,
  Seen,
} from '../result/matrix.ts'
import { isNotMeasured, notMeasuredWords } from '../result/not-measured.ts'
import { isDoubtful, type Outcome } from '../result/outcome.ts'
import type {
  FlowResult,
  FlowRow,
  HandshakeResult,
  HandshakeRow,
  Result,
  ScenarioResult,
  SourcePortResult,
  Subject,
  TableResult,
  Verdict,
} from '../result/result.ts'
import { differing, unionOf } from '../result/tested.ts'
import { untestedProblems } from '../result/untested.ts'
import { RESULT_VERSION } from '../result/version.ts'
import { basePath, outcomeWords, pathWords } from '../result/words.ts'
import { outcomeKey } from './change.ts'
import { variantDifferences } from './matrix-variants.ts'

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
  const compared = ids.map((id) => compareScenario(id, ran))
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

interface There {
  readonly name: string
  readonly result: Result
}

const resultsOf = (ran: readonly Ran[]): There[] =>
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

// ── One scenario on all targets ─────────────────────────────────────────────

interface Compared {
  readonly differences: readonly Difference[]
  readonly problems: readonly string[]
}

/** The outcome of a number as text. Null if it is unknown. */
type Sight = {
  /** Equal for equal outcomes: words may leave something out. */
  readonly key: string
  readonly words: string
} | null

/** All outcomes along one path. */
interface Path {
  /** Equal for the same path. */
  readonly key: string
  readonly words: string
  readonly spans: RangeMap<Sight>
  /**
   * Whether the scenario probes the same numbers on every target. Only then is a missing number a
   * problem.
   */
  readonly isWhole: boolean
}

function compareScenario(id: string, ran: readonly Ran[]): Compared {
  const there = ran.flatMap((one) => {
    const scenario = scenarioIn(one, id)
    return scenario ? [{ target: one.name, paths: pathsOf(scenario), scenario }] : []
  })
  const own = there.flatMap(({ target, scenario }) =>
    [
      ...(scenario.notMeasured ?? []).map((one) => `${notMeasuredWords(one)}: ${one.reason}`),
      ...scenario.problems,
      ...untestedProblems(scenario),
    ].map((problem) => `${id} on ${target}: ${problem}`),
  )
  const keys = [...new Set(there.flatMap(({ paths }) => [...paths.keys()]))]
  const compared = keys.map((key) =>
    comparePath(
      id,
      there
        .filter(({ paths, scenario }) => paths.has(key) || !isNotMeasured(scenario))
        .map(({ target, paths }) => ({ target, path: paths.get(key) })),
    ),
  )
  const differences = compared.flatMap((one) => one.differences)
  const scenarios = there.map(({ target, scenario }) => ({ target, scenario }))
  return {
    differences: [...differences, ...variantDifferences(id, scenarios, differences)],
    problems: [...own, ...compared.flatMap(({ problems }) => problems)],
  }
}

/** That a path differs shows at its source ports too. */
function withoutRepeated(differences: readonly Difference[]): Difference[] {
  const paths = new Set(differences.map(({ path }) => sourcePortWords(path)))
  return differences.filter(({ path }) => !paths.has(path))
}

const sourcePortWords = (path: string): string => `source ports of ${path}`

interface At {
  readonly target: string
  readonly path: Path | undefined
}

function comparePath(scenario: string, ats: readonly At[]): Compared {
  const known = ats.flatMap(({ target, path }) => (path ? [{ target, path }] : []))
  const { words: path } = known[0]!.path
  const all = together(known.map((one) => one.path.spans))
  const differing = compress(
    all.filter(({ value }) => new Set(value.flatMap((sight) => sight?.key ?? [])).size > 1),
    (value) => JSON.stringify(value),
  )
  const targets = known.map(({ target }) => target)
  const missing = ats.filter((at) => at.path === undefined).map(({ target }) => target)
  const problems = [
    ...(missing.length > 0 ? [`not probed on ${missing.join(', ')}`] : []),
    ...doubtsOf(known, all),
  ]
  return {
    differences: differing.map(({ from, to, value }) => ({
      ...{ scenario, path, from, to },
      seen: seenOf(targets, value),
    })),
    problems: problems.map((problem) => `${scenario} · ${path}: ${problem}`),
  }
}

/** The outcomes of every number on all targets. */
function together([first, ...others]: readonly RangeMap<Sight>[]): RangeMap<readonly Sight[]> {
  const alone = first!.map(
    ({ from, to, value }): Span<readonly Sight[]> => ({ from, to, value: [value] }),
  )
  return others.reduce(
    (sofar: RangeMap<readonly Sight[]>, other) =>
      join(sofar, other).map(({ from, to, value: [seen, one] }) => ({
        from,
        to,
        value: [...seen, one],
      })),
    alone,
  )
}

function doubtsOf(
  known: readonly { readonly target: string; readonly path: Path }[],
  all: readonly Range[],
): string[] {
  const compared = sizeOf(all)
  return known.flatMap(({ target, path: { spans, isWhole } }) => {
    const unknown = compress(spans, (sight) => sight?.key ?? '').filter(
      ({ value }) => value === null,
    )
    return [
      ...(unknown.length > 0 ? [`${unknown.map(rangeWords).join(', ')} unknown on ${target}`] : []),
      ...(isWhole && sizeOf(spans) !== compared
        ? [`${target} probed ports that other targets did not probe`]
        : []),
    ]
  })
}

function seenOf(targets: readonly string[], sights: readonly Sight[]): Seen[] {
  const pairs = sights.map((sight, i) => ({ sight, target: targets[i]! }))
  const alike = [...Map.groupBy(pairs, ({ sight }) => sight?.key).values()]
  const all = alike.map(([one]) => wordsOf(one!.sight))
  return alike.map((own, i) => {
    const { sight } = own[0]!
    // Where words leave out what differs, the outcome itself is told.
    const isClear = all.filter((words) => words === all[i]).length === 1
    const words = isClear || !sight ? all[i]! : `${sight.words} ${sight.key}`
    return { targets: own.map(({ target }) => target), words }
  })
}

const wordsOf = (sight: Sight): string => sight?.words ?? 'not known'

const sizeOf = (spans: readonly Range[]): number =>
  spans.reduce((sum, { from, to }) => sum + to - from + 1, 0)

function pathsOf({ tables, handshakes, flows, sourcePorts }: ScenarioResult): Map<string, Path> {
  const paths = [
    ...tables.filter(({ variant }) => !variant).map(tablePath),
    ...handshakes.map((one) => rowsPath('handshake', one)),
    ...flows.map((one) => rowsPath('established flow', one)),
    ...sourcePorts.map(sourcePortsPath),
  ]
  return new Map(paths.map((path) => [path.key, path]))
}

function tablePath(table: TableResult): Path {
  return {
    key: pathKey('sweep', table),
    words: pathWords(table),
    spans: sorted(
      table.rows.map(({ from, to, observed }) => ({ from, to, value: sightOf(observed) })),
    ),
    isWhole: table.boundariesOf === undefined,
  }
}

const sightOf = (outcome: Outcome): Sight =>
  isDoubtful(outcome) ? null : { key: outcomeKey(outcome), words: outcomeWords(outcome) }

const said = (words: string): Sight => ({ key: words, words })

/** The ports of handshakes depend on the loaded rules. */
function rowsPath(what: string, one: HandshakeResult | FlowResult): Path {
  const rows: readonly (HandshakeRow | FlowRow)[] = one.rows
  const spans = rows.map(({ from, to, observed, verdict }) => ({
    ...{ from, to },
    value: verdict === 'unknown' ? null : said(observed),
  }))
  const words = `${what} ${pathWords(one)}`
  return { key: pathKey(what, one), words, spans: sorted(spans), isWhole: false }
}

function sourcePortsPath(one: SourcePortResult): Path {
  const usual = PortSet.of(...one.ports).subtract(PortSet.of(...one.exceptions))
  const spans = [
    ...usual.ranges.map((range) => ({ ...range, value: said('as from other source ports') })),
    ...one.exceptions.map(({ from, to }) => ({
      from,
      to,
      value: said('differs from other source ports'),
    })),
  ]
  const words = sourcePortWords(pathWords(one))
  return { key: pathKey('source ports', one), words, spans: sorted(spans), isWhole: false }
}

/** What is compared, whatever it is called in a report. */
const pathKey = (what: string, one: Subject & Pick<Partial<TableResult>, 'answer'>): string =>
  JSON.stringify([
    ...[what, one.from, one.as, one.to, one.destination],
    ...[one.family, one.protocol, one.answer, one.after],
  ])

const sorted = <T>(spans: readonly Span<T>[]): RangeMap<T> =>
  spans.toSorted((a, b) => a.from - b.from)
