/**
 * With thousands of rules, each packet takes longer. Then not every edge of every class is probed.
 * The edges in which the two firewalls differ are always probed.
 */

import type { Interval } from '../net/interval-set.ts'
import { PortSet } from '../net/port-set.ts'
import type { Protocol } from '../net/protocol.ts'
import { lastNumber } from '../net/protocol.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { type Asked, isAskedOf, sweptFields } from './equivalence-classes.ts'

/** Up to this many rules, packets take no longer. */
const FREE = 500
/**
 * Edges that are probed of one path and protocol if packets take as long as through that many
 * rules.
 */
const EDGES = 100_000

/**
 * The factor by which a packet takes longer through the larger ruleset than through a usual
 * ruleset; at least 1.
 */
export function slowness(facts: readonly RuleFacts[]): number {
  const rules = facts.map(({ comparisons }) => new Set(comparisons.map(({ where }) => where)).size)
  return Math.max(1, ...rules.map((count) => count / FREE))
}

/** An even selection of `numbers`, as large as the time allows, and all of `always`. */
export function thinned(
  numbers: PortSet,
  { always, slow }: { readonly always: () => PortSet; readonly slow: number },
): PortSet {
  const most = Math.floor(EDGES / slow)
  if (slow === 1 || numbers.size <= most) return numbers
  const all = [...numbers]
  const step = all.length / most
  const chosen = Array.from({ length: most }, (_, i) => all[Math.floor(i * step)]!)
  return PortSet.of(...chosen, all.at(-1)!).union(always().intersect(numbers))
}

/**
 * Numbers at the edges of comparisons that only one firewall has: with another text or another set.
 */
export function askedByOne(facts: readonly RuleFacts[], asked: Asked): PortSet {
  const questions = facts.map((one) => questionsIn(one, asked))
  const edges = questions.flatMap((own, i) => {
    const others = questions.filter((_, k) => k !== i)
    return [...own].flatMap(([key, [from, to]]) =>
      others.every((other) => other.has(key)) ? [] : around(from, to, asked.protocol),
    )
  })
  return PortSet.of(...edges)
}

function around(from: number, to: number, protocol: Protocol): number[] {
  return [from - 1, from, to, to + 1].filter((n) => n >= 0 && n <= lastNumber(protocol))
}

/** Identified by the rule's text, the index of the comparison, and its values. */
function questionsIn(facts: RuleFacts, asked: Asked): Map<string, Interval<number>> {
  const found = new Map<string, Interval<number>>()
  const fields = sweptFields(asked.protocol)
  const counts = new Map<object, number>()
  for (const { field, family, protocol, intervals, where } of facts.comparisons) {
    const place = (counts.get(where) ?? 0) + 1
    counts.set(where, place)
    if (!fields.includes(field) || (family !== undefined && family !== asked.family)) continue
    if (protocol !== undefined && !isAskedOf(protocol, asked.protocol)) continue
    const rule = `${where.family} ${where.table} ${where.chain} ${where.text}`
    for (const [from, to] of intervals as readonly Interval<number>[])
      found.set(`${rule} ${place} ${from}-${to}`, [from, to])
  }
  return found
}
