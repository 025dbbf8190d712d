/** Statements whose result depends on earlier packets, and the number of probes that shows it. */
import type { RulePlace, StatefulRule } from '../nft/facts.ts'
import { isObject, type Json, listOf, numberIn, textIn, within } from '../nft/json.ts'
import type { Rule } from '../nft/rule.ts'
import { objectKey, type Ruleset, setKey } from '../nft/rules.ts'

const SMALLEST_PROBE = 36 // bytes: IPv4, UDP, and the harness's own eight
const MOST_PROBES = 200_000
const SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 604_800,
}
const BYTES: Readonly<Record<string, number>> = {
  bytes: 1,
  kbytes: 1024,
  mbytes: 1024 ** 2,
  gbytes: 1024 ** 3,
}
const DEFAULT_BURST = 5 // packets, nft(8)

export type StatefulStatement = Pick<StatefulRule, 'kind' | 'burst'>

/**
 * `sets`: the sets that the rule compares, by `setKey`. `written`: the sets that some rule writes
 * to.
 */
export function statefulStatementsOf(
  rule: Rule,
  ruleset: Ruleset,
  sets: readonly string[],
  written: ReadonlySet<string>,
): StatefulStatement[] {
  const found = rule.statements.flatMap((statement) =>
    statefulStatements(statement, rule.where, ruleset),
  )
  const asked = sets
    .filter((key) => written.has(key))
    .map((): StatefulStatement => ({ kind: 'set', burst: 2 }))
  return [...found, ...asked]
}

/** Sets that a rule writes to, by `setKey`. */
export function writtenBy({ where, statements }: Rule): string[] {
  return statements.flatMap((statement) => {
    const name = textIn(within(statement, 'set') ?? {}, 'set')
    return name ? [setKey(where.family, where.table, name.replace(/^@/, ''))] : []
  })
}

/**
 * For a chance of one in `count`, both results almost certainly occur within this number of probes.
 */
const RANDOM_ROUNDS = 20

export function turnsStatement({
  kind,
  count,
}: {
  kind: 'turns' | 'random'
  count: number
}): StatefulStatement {
  return { kind, burst: practical(kind === 'turns' ? count : count * RANDOM_ROUNDS) }
}

const practical = (probes: number): number | null =>
  Number.isFinite(probes) && probes <= MOST_PROBES ? Math.ceil(probes) : null

function statefulStatements(
  statement: Json,
  where: RulePlace,
  ruleset: Ruleset,
): StatefulStatement[] {
  const [kind, value] = Object.entries(statement)[0] ?? ['', undefined]
  switch (kind) {
    case 'limit':
      return [{ kind, burst: mostOf(usedBy({ kind, value, where, ruleset }).map(limitBurst)) }]
    case 'quota':
      return [{ kind, burst: mostOf(usedBy({ kind, value, where, ruleset }).map(quotaBurst)) }]
    case 'ct count':
      return [
        {
          kind: 'connections',
          burst: practical((isObject(value) ? (numberIn(value, 'val') ?? 0) : 0) + 1),
        },
      ]
    case 'meter':
    case 'set':
      return inside(value, where, ruleset)
    case 'xt':
      return foreign(value, where.text)
    default:
      return []
  }
}

/** Unknown if one of them is, or if there is none. */
const mostOf = (bursts: readonly (number | null)[]): number | null =>
  bursts.length === 0
    ? null
    : bursts.reduce((most, one) => (most === null || one === null ? null : Math.max(most, one)))

interface Used {
  readonly kind: string
  readonly value: unknown
  readonly where: RulePlace
  readonly ruleset: Ruleset
}

/** The limits or quotas of a statement: its own, a named one, or all that its map names. */
function usedBy({ kind, value, where: { family, table }, ruleset }: Used): unknown[] {
  const named = (name: unknown): unknown =>
    ruleset.objects.get(objectKey(kind, family, table, String(name)))
  if (typeof value === 'string') return [named(value)]
  const data = within(value, 'map')?.data
  if (data === undefined) return [value]
  const elements =
    typeof data === 'string'
      ? ruleset.sets.get(setKey(family, table, data.replace(/^@/, '')))?.elements
      : listOf(isObject(data) ? data.set : undefined)
  return (elements ?? []).map((one) => named(Array.isArray(one) ? one[1] : undefined))
}

// A set that a rule writes to may give another result from the second packet on.
function inside(value: unknown, where: RulePlace, ruleset: Ruleset): StatefulStatement[] {
  if (!isObject(value)) return []
  const own = listOf(value.stmt)
    .filter(isObject)
    .flatMap((statement) => statefulStatements(statement, where, ruleset))
  return own.length > 0 ? own : [{ kind: 'set', burst: 2 }]
}

/**
 * Packets: the burst, and the tokens that return within a second; a sweep is faster than that.
 * Bytes: the bucket holds one unit and the burst (nft_limit.c), and the smallest probe takes the
 * least.
 */
function limitBurst(value: unknown): number | null {
  if (!isObject(value)) return null
  const perSecond =
    (numberIn(value, 'rate') ?? 0) / (SECONDS[textIn(value, 'per') ?? 'second'] ?? 1)
  const unit = BYTES[textIn(value, 'rate_unit') ?? '']
  if (unit === undefined)
    return practical((numberIn(value, 'burst') ?? DEFAULT_BURST) + Math.ceil(perSecond) + 1)
  const burst = (numberIn(value, 'burst') ?? 0) * (BYTES[textIn(value, 'burst_unit') ?? ''] ?? 1)
  const rate = (numberIn(value, 'rate') ?? 0) * unit
  return practical((burst + rate + perSecond * unit) / SMALLEST_PROBE + 1)
}

function quotaBurst(value: unknown): number | null {
  if (!isObject(value)) return null
  const unit = BYTES[textIn(value, 'val_unit') ?? 'bytes'] ?? 1
  const bytes =
    (numberIn(value, 'val') ?? numberIn(value, 'bytes') ?? Number.POSITIVE_INFINITY) * unit
  return practical(bytes / SMALLEST_PROBE + 1)
}

/** The match `limit` or `hashlimit` of xtables. */
function limitOf(text: string): StatefulStatement[] {
  const [, rate, per] =
    /--(?:limit|hashlimit|hashlimit-upto|hashlimit-above) (\d+)\/(\w+)/.exec(text) ?? []
  if (rate === undefined) return text.startsWith('-A') ? [{ kind: 'limit', burst: null }] : []
  const unit = Object.keys(SECONDS).find((long) => per && long.startsWith(per.slice(0, 3)))
  const burst = Number(/--(?:hash)?limit-burst (\d+)/.exec(text)?.[1] ?? DEFAULT_BURST)
  return [
    { kind: 'limit', burst: limitBurst({ rate: Number(rate), per: unit ?? 'second', burst }) },
  ]
}

/** Extensions of xtables as the legacy listing writes them. nft's listing has less. */
function foreign(value: unknown, text: string): StatefulStatement[] {
  const name = isObject(value) ? textIn(value, 'name') : undefined
  const option = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)
  switch (name) {
    case 'limit':
    case 'hashlimit':
      return limitOf(text)
    case 'connlimit':
      return [
        { kind: 'connections', burst: practical(option(/--connlimit-(?:above|upto) (\d+)/) + 1) },
      ]
    case 'recent':
      return [{ kind: 'recent', burst: practical(option(/--hitcount (\d+)/) + 1) ?? 2 }]
    case 'quota':
      return text.startsWith('-A')
        ? [{ kind: 'quota', burst: quotaBurst({ val: option(/--quota (\d+)/) }) }]
        : []
    case 'statistic':
      return /--every (\d+)/.test(text)
        ? [{ kind: 'turns', burst: practical(option(/--every (\d+)/)) }]
        : text.startsWith('-A')
          ? [
              {
                kind: 'random',
                burst: practical(RANDOM_ROUNDS / chance(option(/--probability ([\d.]+)/))),
              },
            ]
          : []
    default:
      return []
  }
}

const chance = (probability: number): number => Math.min(probability, 1 - probability) || Number.NaN
