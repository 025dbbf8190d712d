/** The parts of a shard, and the data that all shards of a run must have in common. */
import { createHash } from 'node:crypto'
import type { Selection } from '../../src/plan/planned-sweep.ts'
import { sizesAsked } from '../../src/plan/zones.ts'
import type { PlanResult, Result } from '../../src/result/result.ts'
import type { Shard } from '../../src/result/shard.ts'
import { canonical } from '../../src/shard/canonical.ts'
import {
  type Part,
  PROBES_WITH_SWEEP,
  shardableParts,
  shareOfParts,
} from '../../src/shard/parts.ts'
import { split, type Weighed, weigh } from '../../src/shard/split.ts'
import { subjectOf } from '../input/prepare-zones.ts'
import { lastWholeResult, RESULTS, readResult } from '../output/result-store.ts'
import type { Ready, RunShard } from '../pipeline/contract.ts'

export interface ShardFlags {
  /** `none`: ignore the environment. */
  readonly shard?: Shard | 'none'
  /** A result, or `none` for the number of planned probes. */
  readonly times?: string
  readonly out?: string
}

export interface Times {
  readonly scenarios: Result['scenarios']
  /** `the times of results/runs/…`, or `planned probes`. */
  readonly words: string
}

/** The times for the split: the given ones, else those of the last whole run, else none. */
export async function timesFor({ times, out = RESULTS }: ShardFlags): Promise<Times> {
  if (times === 'none') return PROBES
  if (times !== undefined) {
    const { scenarios, id } = await readResult(times, out)
    return { scenarios, words: `the times of ${times === 'latest' ? id : times}` }
  }
  const last = await lastWholeResult(out)
  return last ? { scenarios: last.scenarios, words: `the times of ${last.id}` } : PROBES
}

const PROBES: Times = { scenarios: [], words: 'planned probes' }

export interface Planned {
  readonly loaded: readonly Ready[]
  readonly selection: Selection
  readonly sourcePort?: number | undefined
  readonly ruleset?: { readonly text: string } | undefined
}

/** The share of one shard. Every shard of a run computes the same division. */
export function planShard({ index, count }: Shard, planned: Planned, times: Times): RunShard {
  const parts = planned.loaded.flatMap((one) => partsIn(one, planned.selection))
  const shards = split(weigh(parts, times.scenarios), count)
  const own = shards[index - 1]!
  const plan = planOf(planned, parts, shards)
  return {
    share: shareOfParts(own),
    result: { index, count, plan, parts: own.map(partResult) },
  }
}

/**
 * A scenario about a given firewall stays in one part, and so does a scenario that cannot be
 * measured.
 */
function partsIn(one: Ready, selection: Selection): Part[] {
  if ('failure' in one) return [{ scenario: one.scenario.id, probes: PROBES_WITH_SWEEP }]
  if (!('firewall' in one)) return shardableParts(one, selection)
  const sizes = sizesAsked(subjectOf(one, selection))
  const probes = sizes.reduce((sum, size) => sum + size + PROBES_WITH_SWEEP, 0)
  return probes === 0 ? [] : [{ scenario: one.scenario.id, probes }]
}

function partResult({ number, scenario, class: own }: Weighed) {
  return { part: number, scenario, ...(own === undefined ? {} : { class: own }) }
}

function planOf(
  { loaded, selection, sourcePort, ruleset }: Planned,
  parts: readonly Part[],
  shards: readonly (readonly Weighed[])[],
): PlanResult {
  const { from, to, ports, families, protocols } = selection
  const options = {
    from,
    to,
    ports: ports?.ranges,
    families,
    protocols,
    sourcePort,
    ruleset: ruleset?.text,
  }
  return {
    parts: parts.length,
    scenarios: digest(loaded.map(whatIsProved)),
    days: [...new Set(loaded.map(({ at }) => at))].sort(),
    options: digest(options),
    split: digest(shards.map((own) => own.map(({ number }) => number))),
  }
}

/** The contents of the files, without the paths on the command line and without warnings. */
function whatIsProved(one: Ready): object {
  if ('failure' in one) {
    const { argument, failure, at, ...rest } = one
    return rest
  }
  if ('firewall' in one) {
    const { argument, root, warnings, at, lab, ...rest } = one
    return { ...rest, lab: lab.plan }
  }
  const { argument, grantWarnings, at, ...rest } = one
  return rest
}

function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}
