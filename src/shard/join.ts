/** Joins the parts of one scenario's result in the order of the whole. */
import { gathered, isNotMeasured } from '../result/not-measured.ts'
import { remarked } from '../result/remarks.ts'
import type { ControlResult, OrderResult, ScenarioResult } from '../result/result.ts'
import { judgeUntested } from '../result/untested.ts'

export interface Piece {
  readonly scenario: ScenarioResult
  readonly places: OrderResult
}

/** At least one part. The status is that of the first: the caller must judge again. */
export function joinScenario(pieces: readonly Piece[]): ScenarioResult {
  const { scenario } = pieces.find((piece) => !isNotMeasured(piece.scenario)) ?? pieces[0]!
  const began = pieces.map((piece) => piece.scenario.timing.startedAt).sort()
  return {
    ...scenario,
    controls: onceEach(pick(pieces, 'controls'), worse),
    tables: pick(pieces, 'tables').map(({ value }) => value),
    sourcePorts: pick(pieces, 'sourcePorts').map(({ value }) => value),
    handshakes: pick(pieces, 'handshakes').map(({ value }) => value),
    flows: pick(pieces, 'flows').map(({ value }) => value),
    ...untestedIn(pieces),
    ...remarked(pieces.flatMap(({ scenario }) => scenario.remarks ?? [])),
    problems: distinct(pick(pieces, 'problems')),
    ...gathered(pieces.flatMap((piece) => piece.scenario.notMeasured ?? [])),
    timing: {
      startedAt: began[0]!,
      totalMs: pieces.reduce((sum, piece) => sum + piece.scenario.timing.totalMs, 0),
    },
  }
}

/** Every part has the rules of the whole scenario. */
function untestedIn(pieces: readonly Piece[]): Pick<ScenarioResult, 'untested'> {
  const all = pieces.flatMap(({ scenario }) => scenario.untested ?? [])
  const { untested } = judgeUntested(all)
  return untested.length > 0 ? { untested } : {}
}

type Lists = Pick<
  ScenarioResult,
  'controls' | 'tables' | 'sourcePorts' | 'handshakes' | 'flows' | 'problems'
>

interface Placed<T> {
  readonly place: number
  readonly value: T
}

/** By their positions. Entries with equal positions keep their order. */
function pick<K extends keyof Lists>(pieces: readonly Piece[], key: K): Placed<Lists[K][number]>[] {
  return pieces
    .flatMap(({ scenario, places: order }) =>
      (scenario[key] as readonly Lists[K][number][]).map((value, i) => ({
        place: order[key][i] ?? Number.MAX_SAFE_INTEGER,
        value,
      })),
    )
    .sort((a, b) => a.place - b.place)
}

/** A path in several parts has a control in each of them. */
function onceEach<T>(placed: readonly Placed<T>[], choose: (a: T, b: T) => T): T[] {
  return [...Map.groupBy(placed, ({ place }) => place).values()].map((same) =>
    same.map(({ value }) => value).reduce(choose),
  )
}

const worse = (a: ControlResult, b: ControlResult): ControlResult => (a.passed ? b : a)

/** Parts that fail for one reason share one entry. */
function distinct(placed: readonly Placed<string>[]): string[] {
  const keys = placed.map(({ place, value }) => `${place} ${value}`)
  return placed.filter((_, i) => keys.indexOf(keys[i]!) === i).map(({ value }) => value)
}
