/**
 * The public API: nftproof's pure functions for policies, rulesets, expectations and results. No
 * function has side effects.
 */
export * from './compare/policy.ts'
export type { SourcePosition } from './input/position.ts'
export { type Problem, problemText, type Reading } from './input/problem.ts'
export type { Zone } from './lab/zone.ts'
export type { ZoneAddress } from './net/address.ts'
export * from './net/port-set.ts'
export * from './net/protocol.ts'
export * from './net/range-map.ts'
export * from './plan/egress.ts'
export { expectationsOf, flowPorts, handshakePorts, namedPorts } from './plan/egress-expect.ts'
export {
  type PlannedSweep,
  type Selection,
  type Sweepable,
  subjectOf,
} from './plan/planned-sweep.ts'
export { organizationsOf, type Platform, projectsOf } from './platform/platform.ts'
export { readPlatform } from './platform/read.ts'
export * from './policy/clause.ts'
export { decide, type Question } from './policy/decide.ts'
export { readPolicy } from './policy/egress/read.ts'
export * from './policy/expectation.ts'
export * from './policy/grant.ts'
export * from './policy/policy.ts'
export { RulesetTextError } from './quote/nft.ts'
export { renderJunit } from './report/junit.ts'
export { renderMarkdown } from './report/markdown.ts'
export { type Granted, type Granting, grantsOf } from './request/grants.ts'
export { readRequest, readRequestLines } from './request/read.ts'
export * from './request/request.ts'
export * from './result/outcome.ts'
export * from './result/result.ts'
export { resultSchema } from './result/result-schema.ts'
export * from './result/shard.ts'
export type { TraceStep } from './result/trace.ts'
export { compile, tableOf } from './ruleset/compile.ts'
export { type Difference, difference } from './ruleset/difference.ts'
export { NotCompiledError, readTable } from './ruleset/read-table.ts'
export { render, type Table } from './ruleset/table.ts'
export { readScenario } from './scenario/read.ts'
export * from './scenario/scenario.ts'
export { merge, type ShardInput } from './shard/merge.ts'
