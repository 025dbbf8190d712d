/** Checks of a path after its sweep: handshakes, other source ports, and established flows. */
import { PortSet, type Range } from '../net/port-set.ts'
import { hasPorts, type PortProtocol } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import { exceptions, exploration, type Pair, portsInRuleset } from '../plan/source-ports.ts'
import type { Observation } from '../result/outcome.ts'
import type { FlowResult, HandshakeResult, Losses, SourcePortResult } from '../result/result.ts'
import { type Seen, withReplay } from './claim-table.ts'
import type { ClaimSweep, RevokedSweep } from './experiment.ts'
import { compareFlows, compareHandshakes } from './policy.ts'

/** `untried`: outcomes depend on earlier packets, so a check would say nothing. */
export function checksOf({ judge }: ClaimSweep, { rows }: Seen): 'none' | 'untried' | 'tried' {
  if (!judge.handshakes && !judge.sourcePorts) return 'none'
  return rows.some(({ observed }) => observed.kind === 'unsteady') ? 'untried' : 'tried'
}

export const UNTRIED = 'unsteady port: handshakes and other source ports were not tried on its path'

type Replay = (sweep: ClaimSweep, number: number) => string

/** A sweep of a protocol with handshakes. */
export type Ported<S extends ClaimSweep> = S & { readonly protocol: PortProtocol }

export const isPorted = <S extends ClaimSweep>(sweep: S): sweep is Ported<S> =>
  hasPorts(sweep.protocol)

export const portsToShake = ({ judge }: ClaimSweep, { expected, rows }: Seen): PortSet =>
  judge.handshakes?.(expected, rows) ?? PortSet.empty

/** What a lab says of a handshake, in words. */
export interface HandshakeWords {
  readonly completed: string
  /** The first packet did not arrive. */
  readonly blocked: string
}

interface Tried {
  readonly observed: RangeMap<string>
  readonly losses: Losses
}

export function handshakeResult(
  sweep: Ported<ClaimSweep>,
  { expected }: Seen,
  { observed, losses, ports, ...words }: Tried & HandshakeWords & { readonly ports: PortSet },
  replay: Replay,
): HandshakeResult {
  const rows = compareHandshakes(expected, observed, { ...words, losses })
  return {
    ...{ ...sweep.subject, protocol: sweep.protocol, count: ports.size },
    rows: withReplay(rows, (number) => replay(sweep, number)),
  }
}

export interface SourcePorts {
  readonly ports: PortSet
  readonly towards: PortSet
  /** Pairs that are sent together. */
  readonly groups: readonly (readonly Pair[])[]
}

/** `rules`: the text of the firewall. Undefined if other source ports are not tried. */
export function sourcePortsToTry(
  { judge, protocol, numbers }: ClaimSweep,
  { expected }: Seen,
  rules: string,
): SourcePorts | undefined {
  if (!judge.sourcePorts || !hasPorts(protocol)) return undefined
  const { ports, towards, pairs } = exploration(expected, numbers, portsInRuleset(rules))
  // Where ports are translated, two flows from one source port may be the same flow behind the firewall.
  const groups = judge.sourcePorts.isApart
    ? [...Map.groupBy(pairs, ([, to]) => to).values()]
    : [pairs]
  return { ports, towards, groups }
}

/** A group, and its observation by the index of each pair. */
export interface TriedPairs {
  readonly pairs: readonly Pair[]
  readonly observed: RangeMap<Observation>
  readonly probes: number
}

export function sourcePortResult(
  { subject, protocol, judge }: Ported<ClaimSweep>,
  { observed: ordinary }: Seen,
  { ports, towards }: SourcePorts,
  tried: readonly TriedPairs[],
): SourcePortResult {
  const keyOf = judge.sourcePorts?.keyOf
  const odd = tried
    .map(({ pairs, observed }) => exceptions(pairs, observed, ordinary, keyOf))
    .reduce((all, one) => all.union(one), PortSet.empty)
  return {
    ...{ ...subject, protocol, ports: ports.ranges, towards: [...towards] },
    probes: tried.reduce((sum, { probes }) => sum + probes, 0),
    exceptions: odd.ranges,
  }
}

/**
 * At most this many source ports with exceptions get a whole sweep. The results name every
 * exception.
 */
const MAX_SWEEPS = 4

/** The first port of each range that makes a difference. */
export const portsToSweepFrom = ({ exceptions }: SourcePortResult): number[] =>
  (exceptions as readonly Range[]).slice(0, MAX_SWEEPS).map(({ from }) => from)

/** `opened`: before the revocation. `checked`: after it. */
export function flowResult(
  sweep: Ported<RevokedSweep>,
  isKept: boolean,
  {
    opened,
    checked,
    completed,
  }: Readonly<Record<'opened' | 'checked', Tried>> & Pick<HandshakeWords, 'completed'>,
  replay: Replay,
): FlowResult {
  const rows = compareFlows(sweep.judge.expected([]), isKept, {
    ...{ opened: opened.observed, checked: checked.observed, completed },
    losses: { ...opened.losses, ...checked.losses },
  })
  return {
    ...{ ...sweep.subject, protocol: sweep.protocol },
    count: opened.observed.reduce((n, { from, to }) => n + to - from + 1, 0),
    rows: withReplay(rows, (number) => replay(sweep, number)),
  }
}
