/** Statements that change the destination or the source of packets. */

import { type Interval, normalise } from '../net/interval-set.ts'
import { addresses } from './constants.ts'
import type { Comparison, Translation } from './facts.ts'
import { isObject, type Json, listOf, textIn, within } from './json.ts'
import type { Rule } from './rule.ts'
import { type Ruleset, setKey } from './rules.ts'

const KINDS = ['dnat', 'snat', 'redirect', 'masquerade', 'tproxy'] as const

/** `compared`: the comparisons of the rule. */
export function translationsOf(
  rule: Rule,
  ruleset: Ruleset,
  compared: readonly Comparison[],
): Translation[] {
  const destinations = compared.filter(
    ({ field, mask }) => field === 'destination' && mask === undefined,
  )
  const named = destinations.length > 0 && {
    destinations: normalise(
      destinations.flatMap(({ intervals }) => intervals as Interval<bigint>[]),
    ),
  }
  return rule.statements.flatMap((statement) => {
    const own = translationOf(statement, rule, ruleset)
    return own ? [{ ...own, ...named, where: rule.where }] : []
  })
}

type Rewrite = Omit<Translation, 'where' | 'destinations'>

function translationOf(statement: Json, rule: Rule, ruleset: Ruleset): Rewrite | undefined {
  const kind = KINDS.find((name) => name in statement)
  if (!kind) return rewriteOf(statement)
  const value = statement[kind]
  const { addr, port, family } = isObject(value)
    ? (value as { addr?: unknown; port?: unknown; family?: unknown })
    : {}
  const targets = resultsOf(addr, rule, ruleset).map(partsOf)
  const ports = [
    ...resultsOf(port, rule, ruleset).map((n) => [undefined, n] as const),
    ...targets,
  ].flatMap(([, n]) => portsOf(n))
  const both = targets.map(([address]) => address)
  const v4 = both.flatMap((item) => addresses(4, item) ?? [])
  const v6 = both.flatMap((item) => addresses(6, item) ?? [])
  const is6 =
    family === 'ip6' || (family === undefined && (v6.length > 0 || rule.where.family === 'ip6'))
  const is4 = family === 'ip' || v4.length > 0 || rule.where.family === 'ip'
  return {
    kind,
    ...(is6 ? { family: 6 } : is4 ? { family: 4 } : {}),
    addresses: normalise(is6 ? v6 : v4),
    ports: normalise(ports),
  }
}

/** The values of a map, or the single value. */
function resultsOf(value: unknown, { where }: Rule, ruleset: Ruleset): readonly unknown[] {
  const map = within(value, 'map')
  if (!map) return value === undefined || value === null ? [] : [value]
  const data = map.data
  const elements =
    typeof data === 'string'
      ? (ruleset.sets.get(setKey(where.family, where.table, data.replace(/^@/, '')))?.elements ??
        [])
      : listOf(isObject(data) ? data.set : undefined)
  return elements.flatMap((element) => (Array.isArray(element) ? [element[1]] : []))
}

/** `10.0.0.1 . 8080`, or an address alone. */
function partsOf(value: unknown): readonly [address: unknown, port: unknown] {
  return isObject(value) && Array.isArray(value.concat)
    ? [value.concat[0], value.concat[1]]
    : [value, undefined]
}

function portsOf(value: unknown): Interval<number>[] {
  if (typeof value === 'number') return [[value, value]]
  const range = isObject(value) ? value.range : undefined
  return Array.isArray(range) ? [[Number(range[0]), Number(range[1])]] : []
}

/** `ip daddr set 10.0.0.1`, `tcp dport set 80`. */
function rewriteOf(statement: Json): Rewrite | undefined {
  const mangle = within(statement, 'mangle')
  const payload = within(mangle?.key, 'payload')
  const field = payload && textIn(payload, 'field')
  const value = mangle?.value
  if (field === 'dport') return { kind: 'rewrite', addresses: [], ports: portsOf(value) }
  if (field !== 'daddr') return undefined
  const family = payload?.protocol === 'ip6' ? 6 : 4
  return { kind: 'rewrite', family, addresses: addresses(family, value) ?? [], ports: [] }
}
