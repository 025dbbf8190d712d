/** One scenario on all targets: where do its outcomes differ, and what is not known? */
import type { Range } from '../net/port-set.ts'
import { compress, join, type RangeMap, type Span } from '../net/range-map.ts'
import { rangeWords } from '../net/text.ts'
import type { Difference, Seen } from '../result/matrix.ts'
import { isNotMeasured, notMeasuredWords } from '../result/not-measured.ts'
import { untestedProblems } from '../result/untested.ts'
import { type Path, pathsOf, type Sight } from './matrix-paths.ts'
import { type There, variantDifferences } from './matrix-variants.ts'

export interface Compared {
  readonly differences: readonly Difference[]
  readonly problems: readonly string[]
}

export function compareScenario(id: string, scenarios: readonly There[]): Compared {
  const there = scenarios.map((one) => ({ ...one, paths: pathsOf(one.scenario) }))
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
  return {
    differences: [...differences, ...variantDifferences(id, scenarios, differences)],
    problems: [...own, ...compared.flatMap(({ problems }) => problems)],
  }
}

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
    // If two outcomes have the same words, the report shows the outcomes themselves.
    const isClear = all.filter((words) => words === all[i]).length === 1
    const words = isClear || !sight ? all[i]! : `${sight.words} ${sight.key}`
    return { targets: own.map(({ target }) => target), words }
  })
}

const wordsOf = (sight: Sight): string => sight?.words ?? 'not known'

const sizeOf = (spans: readonly Range[]): number =>
  spans.reduce((sum, { from, to }) => sum + to - from + 1, 0)
