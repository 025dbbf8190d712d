/** A scenario's result on one target → the outcomes along each of its paths, for a matrix. */
import { PortSet } from '../net/port-set.ts'
import type { RangeMap, Span } from '../net/range-map.ts'
import { isDoubtful, type Outcome } from '../result/outcome.ts'
import type {
  FlowResult,
  FlowRow,
  HandshakeResult,
  HandshakeRow,
  ScenarioResult,
  SourcePortResult,
  Subject,
  TableResult,
} from '../result/result.ts'
import { outcomeWords, pathWords } from '../result/words.ts'
import { outcomeKey } from './change.ts'

/** The outcome of a number as text. Null if it is unknown. */
export type Sight = {
  /** Equal for equal outcomes: words may leave something out. */
  readonly key: string
  readonly words: string
} | null

/** All outcomes along one path. */
export interface Path {
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

export function pathsOf({
  tables,
  handshakes,
  flows,
  sourcePorts,
}: ScenarioResult): Map<string, Path> {
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

/** Equal for the same path on every target. Reports may use other words for it. */
const pathKey = (what: string, one: Subject & Pick<Partial<TableResult>, 'answer'>): string =>
  JSON.stringify([
    ...[what, one.from, one.as, one.to, one.destination],
    ...[one.family, one.protocol, one.answer, one.after],
  ])

const sorted = <T>(spans: readonly Span<T>[]): RangeMap<T> =>
  spans.toSorted((a, b) => a.from - b.from)

export const sourcePortWords = (path: string): string => `source ports of ${path}`
