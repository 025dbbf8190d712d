/**
 * The types of a run's result. The schema gives the meaning of each field, and every report is
 * derived from this data.
 */

import type { Protocol } from '../net/protocol.ts'
import type { Inferred } from './inferred.ts'
import type { resultSchema } from './result-schema.ts'

export type Result = Inferred<typeof resultSchema>

/** `unknown`: something is unsteady or inconclusive, and nothing is wrong. */
export type Status = Result['status']
/** The verdict of a row, as the status of a result. */
export type Verdict = Row['verdict']
export type Versions = Result['versions']

export type ScenarioResult = Result['scenarios'][number]
/** A grant in force on the date of the run. */
export type GrantResult = ScenarioResult['grants'][number]
/** A rule that compares something that no probe varies. */
export type UntestedResult = NonNullable<ScenarioResult['untested']>[number]
/** A scenario, or one family of it, that could not be measured. */
export type NotMeasured = NonNullable<ScenarioResult['notMeasured']>[number]
export type NotMeasuredCause = NotMeasured['cause']
/**
 * A control. Invariant: without rules every control probe is open; under a drop-all ruleset every
 * one is dropped.
 */
export type ControlResult = ScenarioResult['controls'][number]

/** A sweep: all numbers of a protocol, or some of them. */
export type TableResult = ScenarioResult['tables'][number]
/** The equivalence class of projects that a sweep covers, and how much of it was probed. */
export type CoverageResult = NonNullable<TableResult['coverage']>
/** Kernel counters that increased during a sweep, by name. Empty if nothing was lost. */
export type Losses = TableResult['losses']
/** The numbers `from` to `to`, with the same expectation and the same outcome. */
export type Row = TableResult['rows'][number]
/** Why a row is wrong, for one number of it. */
export type Evidence = NonNullable<Row['evidence']>

/**
 * Ports with one expectation, probed from many source ports, to find rules that compare the source
 * port.
 */
export type SourcePortResult = ScenarioResult['sourcePorts'][number]
/**
 * Handshakes: opened, data in both directions, closed (RFC 9293 §3.5, §3.6). For UDP: two requests
 * and two replies.
 */
export type HandshakeResult = ScenarioResult['handshakes'][number]
export type HandshakeRow = HandshakeResult['rows'][number]
/** Flows established before the firewall changed: does data still pass? */
export type FlowResult = ScenarioResult['flows'][number]
export type FlowRow = FlowResult['rows'][number]

/** The part of a whole run that this result covers. */
export type ShardResult = NonNullable<Result['shard']>
/** The values that must be equal in all shards of a run. Digests are SHA-256, in hexadecimal. */
export type PlanResult = ShardResult['plan']
/** A part that one shard measured. */
export type PartResult = ShardResult['parts'][number]
/** The position of each entry of a scenario's lists in the whole scenario: numbers to sort by. */
export type OrderResult = ShardResult['order'][number]

/** The shards whose results were merged. */
export type MergeResult = NonNullable<Result['merged']>
export type MergedShard = MergeResult['shards'][number]

/** The subject of a sweep: path, family and protocol. */
export type Subject<P extends Protocol = Protocol> = Pick<
  ControlResult,
  'from' | 'to' | 'as' | 'destination' | 'after' | 'family'
> & { readonly protocol: P }
