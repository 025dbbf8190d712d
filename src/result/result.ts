/** Everything a run learned, as data; every report is a view of it. The schema says what each field means. */

import type { Protocol } from '../net/protocol.ts'
import type { Inferred } from './inferred.ts'
import type { resultSchema } from './result-schema.ts'

export type Result = Inferred<typeof resultSchema>

/** `unknown`: unsteady or inconclusive, and nothing else is wrong. */
export type Status = Result['status']
/** Of a row, as a status of a result. */
export type Verdict = Row['verdict']
export type Versions = Result['versions']

export type ScenarioResult = Result['scenarios'][number]
/** A grant that held on that day. */
export type GrantResult = ScenarioResult['grants'][number]
/** A rule whose answer may depend on something that no probe was varied for. */
export type UntestedResult = NonNullable<ScenarioResult['untested']>[number]
/** A scenario, or one family of it, that could not be measured. */
export type NotMeasured = NonNullable<ScenarioResult['notMeasured']>[number]
export type NotMeasuredCause = NotMeasured['cause']
/** Invariant: with no rules every control probe is open, under a drop-all ruleset every one is dropped. */
export type ControlResult = ScenarioResult['controls'][number]

/** A sweep: every number of a protocol, or some of them. */
export type TableResult = ScenarioResult['tables'][number]
/** How much of a sweep stands for all projects with the same grants. */
export type CoverageResult = NonNullable<TableResult['coverage']>
/** Kernel counters that moved during a sweep, by name; empty when nothing was lost. */
export type Losses = TableResult['losses']
/** Numbers `from` to `to`, all expected and observed alike. */
export type Row = TableResult['rows'][number]
/** Why a row is wrong, for one representative number of it. */
export type Evidence = NonNullable<Row['evidence']>

/** Ports with one expectation each, probed from many source ports: does anything depend on where a packet comes from? */
export type SourcePortResult = ScenarioResult['sourcePorts'][number]
/** Handshakes: opened, data both ways, closed (RFC 9293 §3.5, §3.6); for UDP two requests and two replies. */
export type HandshakeResult = ScenarioResult['handshakes'][number]
export type HandshakeRow = HandshakeResult['rows'][number]
/** Flows that were established when the firewall was changed: does data still pass? */
export type FlowResult = ScenarioResult['flows'][number]
export type FlowRow = FlowResult['rows'][number]

/** Which part of a whole run a result is. */
export type ShardResult = NonNullable<Result['shard']>
/** What all shards of a run must agree on. Digests are SHA-256, in hexadecimal. */
export type PlanResult = ShardResult['plan']
/** A part that a shard did. */
export type PartResult = ShardResult['parts'][number]
/** Where each entry of a scenario's lists stands in the whole scenario: numbers to sort by. */
export type OrderResult = ShardResult['order'][number]

/** Of which shards' results a result was made. */
export type MergeResult = NonNullable<Result['merged']>
export type MergedShard = MergeResult['shards'][number]

/** What was probed: a path, a family and a protocol. */
export type Subject<P extends Protocol = Protocol> = Pick<
  ControlResult,
  'from' | 'to' | 'as' | 'destination' | 'after' | 'family'
> & { readonly protocol: P }
