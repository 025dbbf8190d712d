/** Everything a run learned, as data; every report is a view of it. */

import type { Range } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { Expectation } from '../policy/expectation.ts'
import type { Attempt, Outcome } from './outcome.ts'
import type { Tested } from './tested.ts'
import type { WalkStep } from './trace.ts'

/** A row's standing. `unknown`: unsteady or inconclusive, which is neither. */
export type Verdict = 'conforms' | 'mismatch' | 'unknown'

/** Why a row is wrong, for one representative number of it. */
export interface Evidence {
  readonly number: number
  /** The probe in words: `TCP SYN 10.20.1.10:40001 → 203.0.113.10:25`. */
  readonly probe: string
  readonly trace: readonly WalkStep[]
}

/** Numbers `from`–`to`, all expected and observed alike. */
export interface Row extends Range {
  readonly expected: Expectation
  readonly observed: Outcome
  readonly attempts: readonly Attempt[]
  readonly verdict: Verdict
  /** Command that probes the first number again; where it is not as expected. */
  readonly replay?: string
  readonly evidence?: Evidence
}

/** Kernel counters that moved during a sweep, by name; empty when nothing was lost. */
export type Losses = Readonly<Record<string, number>>

/** What was probed: a path, a family and a protocol. */
export interface Subject<P extends Protocol = Protocol> {
  readonly from: string
  readonly to: string
  /** Label of the spoofed source, where there is one. */
  readonly as?: string
  /** Label of the addresses that were sent to, where they are not the zone's own. */
  readonly destination?: string
  /** Where something was done to the firewall before. */
  readonly after?: 'revocation'
  readonly family: Family
  readonly protocol: P
}

/** How much of a sweep stands for all projects with the same grants. */
export interface CoverageResult {
  /** Counts from 1. */
  readonly class: number
  /** Projects of the class. */
  readonly members: number
  /** The one that was swept in full. */
  readonly representative: string
  /** `member`: this one was swept on all boundaries and on every port that any project was granted. */
  readonly role: 'representative' | 'member'
}

/** A sweep: every number of a protocol, or some of them. */
export interface TableResult extends Subject {
  /** Where every project was swept. */
  readonly coverage?: CoverageResult
  readonly answer: 'reply' | 'icmp-error'
  /** Where not every number was probed: of these, both sides of every edge of the policy's and of the firewall's constants. */
  readonly boundariesOf?: readonly Range[]
  /** Where the sweep was made from a particular source port, because something is different from there. */
  readonly sourcePort?: number
  /** Numbers probed, and probes sent in all attempts. */
  readonly numbers: number
  readonly probes: number
  readonly rows: readonly Row[]
  readonly losses: Losses
  readonly timing: { readonly sweepMs: number }
}

/**
 * Ports of a few standings probed from many source ports: does anything depend
 * on where a packet comes from?
 */
export interface SourcePortResult extends Subject<'tcp' | 'udp'> {
  /** Source ports tried; the well-known ones towards one open and one blocked port only. */
  readonly ports: readonly Range[]
  /** Destination ports that they were tried on. */
  readonly towards: readonly number[]
  readonly probes: number
  /** Source ports from which something was not as expected; a whole sweep was made from each stretch's first. */
  readonly exceptions: readonly Range[]
}

/** One whole exchange: opened, data both ways, closed (RFC 9293 §3.5, §3.6); for UDP two requests and two replies. */
export interface HandshakeRow extends Range {
  readonly expected: 'completes' | 'blocked'
  /** `completed`, or the step that failed: `no SYN-ACK`, `no data back` … */
  readonly observed: string
  readonly verdict: Verdict
  /** Command that tries the first number again; where it is not as expected. */
  readonly replay?: string
}

export interface HandshakeResult extends Subject<'tcp' | 'udp'> {
  readonly count: number
  readonly rows: readonly HandshakeRow[]
}

/** A flow that stood when the firewall was changed: does data still pass? */
export interface FlowRow extends Range {
  readonly expected: 'both ways' | 'neither way'
  /** `both ways`, `only back` …; or why it did not stand. */
  readonly observed: string
  readonly verdict: Verdict
  readonly replay?: string
}

export interface FlowResult extends Subject<'tcp' | 'udp'> {
  readonly count: number
  readonly rows: readonly FlowRow[]
}

/** Invariant: with no rules every control probe is open, under a drop-all ruleset every one is dropped. */
export interface ControlResult extends Subject {
  readonly ruleset: 'none' | 'drop-all'
  readonly probes: number
  readonly passed: boolean
  /** What was seen instead, where it failed. */
  readonly reason?: string
}

/** A grant that held on that day. */
export interface GrantResult {
  readonly request: string
  readonly project: string
  readonly until?: string
}

/** A rule whose answer may depend on something that no probe was varied for. */
export interface UntestedResult {
  /** As it was listed: this names it. */
  readonly rule: string
  /** `inet filter forward` */
  readonly chain: string
  /** Where it stands, as far as that is known. */
  readonly at?: { readonly file: string; readonly line: number }
  /** What it asks: `tcp option maxseg`, `TTLs`. */
  readonly what: readonly string[]
  /** Why the scenario accepts it untested; absent: it does not. */
  readonly accepted?: string
}

/**
 * Why a scenario could not be measured. `input`: what is to be tested was refused
 * (exit 2). `environment`: this machine cannot measure it, or something failed
 * (exit 3). `bug`: an error that nftproof does not expect (exit 3).
 */
export type NotMeasuredCause = 'input' | 'environment' | 'bug'

/** A scenario, or one family of it, that could not be measured. */
export interface NotMeasured {
  /** Absent where it holds for the whole scenario. */
  readonly family?: Family
  readonly cause: NotMeasuredCause
  /** What, why, and what to do; may have several lines. */
  readonly reason: string
}

export interface ScenarioResult {
  readonly id: string
  readonly title: string
  readonly requirement: string
  readonly source: string
  readonly policy: { readonly id: string; readonly file: string; readonly sha256: string }
  /** The day that it was for the grants. */
  readonly at: string
  readonly grants: readonly GrantResult[]
  /** Requests whose grants were taken back on the way. */
  readonly revoked: readonly string[]
  readonly ruleset: { readonly origin: string; readonly sha256: string; readonly text: string }
  readonly status: Status
  readonly controls: readonly ControlResult[]
  readonly tables: readonly TableResult[]
  readonly sourcePorts: readonly SourcePortResult[]
  readonly handshakes: readonly HandshakeResult[]
  /** Flows that stood while grants were taken back. */
  readonly flows: readonly FlowResult[]
  /** Where a given firewall was tested: its lab, and what was not probed. */
  readonly notes?: readonly string[]
  /** Rules that could matter and that no probe was varied for; absent: none. */
  readonly untested?: readonly UntestedResult[]
  /** Why its measurement is in doubt: a control failed, an interruption … */
  readonly problems: readonly string[]
  /** What could not be measured; absent where all of it was. */
  readonly notMeasured?: readonly NotMeasured[]
  readonly timing: { readonly startedAt: string; readonly totalMs: number }
}

/** `unknown`: something was unsteady or inconclusive and nothing else was wrong. */
export type Status = 'conforms' | 'mismatch' | 'unknown'

export interface Versions {
  readonly nftproof: string
  readonly node: string
  readonly kernel: string
  readonly nft: string
}

/** What all shards of a run must agree on. Digests are SHA-256, in hexadecimal. */
export interface PlanResult {
  /** Parts of the whole run: a scenario, or each of its classes of projects. */
  readonly parts: number
  /** Scenarios, policies, projects and grants. */
  readonly scenarios: string
  /** Days that it was for the grants: the scenarios' own ones, and the day of the run. */
  readonly days: readonly string[]
  /** What the command line narrows or replaces, the text of a ruleset given included. */
  readonly options: string
  /** Which part falls to which shard. */
  readonly split: string
}

/** A part that a shard did. */
export interface PartResult {
  /** In the plan; counts from 0. */
  readonly part: number
  readonly scenario: string
  /** Of the scenario's classes; absent for what belongs to none. */
  readonly class?: number
}

/** Where each entry of a scenario's lists stands in the whole scenario: numbers to sort by. */
export interface OrderResult {
  readonly scenario: string
  readonly controls: readonly number[]
  readonly tables: readonly number[]
  readonly sourcePorts: readonly number[]
  readonly handshakes: readonly number[]
  readonly flows: readonly number[]
  readonly problems: readonly number[]
}

/** Which part of a whole run this is. */
export interface ShardResult {
  /** Counts from 1. */
  readonly index: number
  readonly count: number
  readonly plan: PlanResult
  readonly parts: readonly PartResult[]
  readonly order: readonly OrderResult[]
}

/** A shard's result that was merged into this one. */
export interface MergedShard {
  readonly index: number
  readonly id: string
  readonly status: Status
  readonly versions: Versions
  readonly timing: { readonly startedAt: string; readonly totalMs: number }
}

/** Of which shards' results this one was made. */
export interface MergeResult {
  /** Shards that there must be. */
  readonly count: number
  readonly shards: readonly MergedShard[]
  /** Numbers of shards that are not there, and of those that are there several times. */
  readonly missing: readonly number[]
  readonly duplicated: readonly number[]
  /** Why it is not the whole result, in words; empty when it is. */
  readonly problems: readonly string[]
}

export interface Result {
  readonly format: 'nftproof-result'
  readonly version: 1
  /** Folder name below `results/runs`. */
  readonly id: string
  readonly status: Status
  /** True when a signal ended the run early: what stands here is what was known by then. */
  readonly interrupted: boolean
  readonly versions: Versions
  readonly machine: { readonly cores: number; readonly sandbox: 'root' | 'rootless' }
  readonly scenarios: readonly ScenarioResult[]
  readonly tested: Tested
  /** Where this is one shard of a run. */
  readonly shard?: ShardResult
  /** Where this was merged from shards. */
  readonly merged?: MergeResult
  readonly timing: { readonly startedAt: string; readonly totalMs: number }
}
