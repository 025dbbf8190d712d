/**
 * Joins shards' results to the result of the whole run, as one machine would have made it. A shard
 * that is missing, duplicated or of another run is reported, and the whole then does not conform.
 */
import { statusOfRun, statusOfScenario } from '../compare/policy.ts'
import { PortSet } from '../net/port-set.ts'
import { rangeWords } from '../net/text.ts'
import type {
  MergedShard,
  MergeResult,
  Result,
  ScenarioResult,
  ShardResult,
  Status,
} from '../result/result.ts'
import { unionOf } from '../result/tested.ts'
import { RESULT_VERSION } from '../result/version.ts'
import { differencesOf, isOfOneRun, planKey } from './agreement.ts'
import { joinScenario } from './join.ts'

/** A shard's result with the name of its file. */
export interface ShardInput {
  readonly name: string
  readonly result: Result
}

type Sharded = Result & { readonly shard: ShardResult }

interface GivenShard extends ShardInput {
  readonly result: Sharded
}

/**
 * At least one must be a shard's result. Shards of another run than the majority are left out. Of
 * several results of one shard, the worst counts. `alsoWrong` are problems that the caller found,
 * such as unreadable files.
 */
export function merge(given: readonly ShardInput[], alsoWrong: readonly string[] = []): Result {
  const shards = given.filter((one): one is GivenShard => one.result.shard !== undefined)
  const whole = given.filter(({ result }) => result.shard === undefined)
  const reference = mostCommon(shards)
  const [own, others] = [true, false].map((same) =>
    shards.filter(({ result }) => isOfOneRun(result, reference.result) === same),
  ) as [GivenShard[], GivenShard[]]
  const { count } = reference.result.shard
  const byIndex = Map.groupBy(own, ({ result }) => result.shard.index)
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  const missing = numbers.filter((index) => !byIndex.has(index))
  const duplicated = numbers.filter((index) => (byIndex.get(index)?.length ?? 0) > 1)
  const taken = numbers.flatMap((index) => worst(byIndex.get(index) ?? []) ?? [])
  const problems = [
    ...missingWords(missing, count),
    ...duplicated.map((index) => doubledWords(index, byIndex.get(index)!)),
    ...others.map((one) => `${one.name}: ${differencesOf(one.result, reference.result)}`),
    ...whole.map(({ name }) => `${name}: is the result of a whole run, not of a shard`),
    ...partProblems(taken, missing.length > 0),
    ...alsoWrong,
  ]
  return joined(taken, { count, shards: taken.map(mergedShard), missing, duplicated, problems })
}

/** The plan of most results. If two are equally frequent, the first. */
function mostCommon(shards: readonly GivenShard[]): GivenShard {
  const plans = [...Map.groupBy(shards, ({ result }) => planKey(result)).values()]
  return plans.reduce((best, one) => (one.length > best.length ? one : best))[0]!
}

const BADNESS: Readonly<Record<Status, number>> = { conforms: 0, unknown: 1, mismatch: 2 }

function worst(shards: readonly GivenShard[]): Sharded | undefined {
  const [first, ...rest] = shards.map(({ result }) => result)
  return rest.reduce<Sharded | undefined>(
    (bad, one) => (BADNESS[one.status] > BADNESS[bad!.status] ? one : bad),
    first,
  )
}

/** `shards 2, 5–7 of 10 are missing`. */
function missingWords(missing: readonly number[], count: number): string[] {
  if (missing.length === 0) return []
  const ranges = PortSet.of(...missing)
    .ranges.map(rangeWords)
    .join(', ')
  return [
    missing.length === 1
      ? `shard ${ranges} of ${count} is missing`
      : `shards ${ranges} of ${count} are missing`,
  ]
}

function doubledWords(index: number, shards: readonly GivenShard[]): string {
  const { count } = shards[0]!.result.shard
  const names = shards.map(({ name }) => name).join(', ')
  return `shard ${index} of ${count}: ${shards.length} results: ${names}`
}

/** Each part once. Shards of one plan cannot have it twice, unless a result was edited. */
function partProblems(shards: readonly Sharded[], areSomeMissing: boolean): string[] {
  const parts = shards.flatMap(({ shard }) => shard.parts)
  const done = Map.groupBy(parts, ({ part }) => part)
  const { plan } = shards[0]!.shard
  const lost = plan.parts - done.size
  return [
    ...[...done.values()]
      .filter((same) => same.length > 1)
      .map(([one]) => `part ${one!.part} (${one!.scenario}): several shards measured it`),
    ...(lost > 0 && !areSomeMissing ? [`${lost} parts of the plan: no shard measured them`] : []),
  ]
}

function mergedShard({ id, status, versions, timing, shard }: Sharded): MergedShard {
  return { index: shard.index, id, status, versions, timing }
}

function joined(shards: readonly Sharded[], merged: MergeResult): Result {
  const [first] = shards
  const scenarios = scenariosOf(shards)
  return {
    format: 'nftproof-result',
    version: RESULT_VERSION,
    id: '',
    status: statusOf(shards, scenarios, merged),
    interrupted: shards.some(({ interrupted }) => interrupted),
    versions: {
      nftproof: first!.versions.nftproof,
      node: several(shards.map(({ versions }) => versions.node)),
      kernel: several(shards.map(({ versions }) => versions.kernel)),
      nft: several(shards.map(({ versions }) => versions.nft)),
    },
    machine: {
      cores: Math.max(...shards.map(({ machine }) => machine.cores)),
      sandbox: shards.some(({ machine }) => machine.sandbox === 'rootless') ? 'rootless' : 'root',
    },
    scenarios,
    tested: unionOf(shards.map(({ tested }) => tested)),
    merged,
    timing: timingOf(shards),
  }
}

/** Never better than any shard, whatever its parts show. */
function statusOf(
  shards: readonly Sharded[],
  scenarios: readonly ScenarioResult[],
  { problems }: MergeResult,
): Status {
  const statuses: Status[] = [
    statusOfRun(scenarios),
    ...shards.map(({ status }) => status),
    ...(problems.length > 0 ? (['unknown'] as const) : []),
  ]
  return statuses.reduce((bad, one) => (BADNESS[one] > BADNESS[bad] ? one : bad))
}

/** `6.1, 6.12` if machines differ. */
const several = (values: readonly string[]): string => [...new Set(values)].join(', ')

/** In the order of the plan. */
function scenariosOf(shards: readonly Sharded[]): ScenarioResult[] {
  const order = new Map<string, number>()
  for (const { part, scenario } of shards.flatMap(({ shard }) => shard.parts))
    order.set(scenario, Math.min(part, order.get(scenario) ?? part))
  const pieces = shards.flatMap(({ scenarios, shard }) =>
    scenarios.map((scenario) => ({
      scenario,
      places: shard.order.find((one) => one.scenario === scenario.id)!,
    })),
  )
  const byId = Map.groupBy(pieces, ({ scenario }) => scenario.id)
  return [...byId]
    .sort(([a], [b]) => order.get(a)! - order.get(b)!)
    .map(([, own]) => {
      const scenario = joinScenario(own)
      const statuses = [statusOfScenario(scenario), ...own.map((one) => one.scenario.status)]
      const status = statuses.reduce((bad, one) => (BADNESS[one] > BADNESS[bad] ? one : bad))
      return { ...scenario, status }
    })
}

/** From the first start to the last end. */
function timingOf(shards: readonly Sharded[]): Result['timing'] {
  const began = shards.map(({ timing }) => Date.parse(timing.startedAt))
  const ended = shards.map(({ timing }, i) => began[i]! + timing.totalMs)
  const first = Math.min(...began)
  const { startedAt } = shards[began.indexOf(first)]!.timing
  return { startedAt, totalMs: Math.max(...ended) - first }
}
