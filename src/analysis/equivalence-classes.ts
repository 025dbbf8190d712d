/** Numbers, addresses and links that rulesets do not distinguish. */

import { has, type Interval } from '../net/interval-set.ts'
import { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import { lastNumber } from '../net/protocol.ts'
import type { RangeMap, Span } from '../net/range-map.ts'
import type { Comparison, Field, RuleFacts } from '../nft/facts.ts'
import { partition, type Question } from './partition.ts'

export interface Asked {
  readonly family: Family
  readonly protocol: Protocol
}

/**
 * Every comparison of a field that can apply to packets of this family and protocol. Equal
 * comparisons of several rules are one.
 */
export function comparisonsOf(
  field: Field,
  facts: readonly RuleFacts[],
  { family, protocol }: Asked,
): Comparison[] {
  return facts.flatMap((one) =>
    (distinctOf(one).get(field) ?? []).filter(
      (one) =>
        (one.family === undefined || one.family === family) &&
        (one.protocol === undefined || isAskedOf(one.protocol, protocol)),
    ),
  )
}

const distinct = new WeakMap<RuleFacts, ReadonlyMap<Field, readonly Comparison[]>>()

/** Kept, because every path and protocol needs them. */
function distinctOf(facts: RuleFacts): ReadonlyMap<Field, readonly Comparison[]> {
  const known = distinct.get(facts)
  if (known) return known
  const seen = new Set<string>()
  const found = Map.groupBy(
    facts.comparisons.filter((one) => {
      const { field, family, protocol, intervals, mask } = one
      if (intervals.length > MOST_COMPARED) return true
      const key = `${field} ${family} ${protocol} ${mask} ${intervals}`
      return !seen.has(key) && seen.add(key)
    }),
    ({ field }) => field,
  )
  distinct.set(facts, found)
  return found
}

/** Longer lists are not compared with each other, because rules rarely have the same one. */
const MOST_COMPARED = 64

export function isAskedOf(asked: string, protocol: Protocol): boolean {
  switch (protocol) {
    case 'tcp':
    case 'udp':
      return asked === protocol
    case 'icmp':
      return asked === 'icmp' || asked === 'ipv6-icmp'
    case 'ip':
      return true
    default:
      throw new Error(`unknown protocol ${protocol satisfies never}`)
  }
}

/** Range comparisons of a field, without those under a mask. */
export const questionsOf = (comparisons: readonly Comparison[]): Question<number | bigint>[] =>
  comparisons
    .filter(({ mask, intervals }) => mask === undefined && intervals.length > 0)
    .map(({ intervals }) => intervals)

const SWEPT: Readonly<Record<Protocol, Field>> = {
  tcp: 'destinationPort',
  udp: 'destinationPort',
  icmp: 'icmpType',
  ip: 'protocol',
}

/** The fields that hold the number of a sweep. */
export function sweptFields(protocol: Protocol): Field[] {
  const swept = SWEPT[protocol]
  return swept === 'destinationPort' ? [swept, 'sourcePort'] : [swept]
}

/**
 * A class for every number of a sweep (0–65535, or 0–255). Two numbers have the same class if none
 * of the rulesets distinguishes them. The probed port is the source port of the answer, so
 * comparisons of that count too.
 */
export function portClasses(facts: readonly RuleFacts[], asked: Asked): RangeMap<number> {
  const [first] = facts
  if (!first) return classesOf(facts, asked)
  const before = known.get(first) ?? []
  const found = before.find((one) => isAlike(one, { facts, ...asked }))
  if (found) return found.classes
  const classes = classesOf(facts, asked)
  const { family, protocol } = asked
  known.set(first, [...before, { facts, family, protocol, classes }])
  return classes
}

interface Known extends Asked {
  readonly facts: readonly RuleFacts[]
  readonly classes: RangeMap<number>
}

/** By the first ruleset. Kept, because every path and every variant of its packets needs them. */
const known = new WeakMap<RuleFacts, readonly Known[]>()

const isAlike = (one: Known, { facts, family, protocol }: Asked & Pick<Known, 'facts'>): boolean =>
  one.family === family &&
  one.protocol === protocol &&
  one.facts.length === facts.length &&
  one.facts.every((own, i) => own === facts[i])

function classesOf(facts: readonly RuleFacts[], asked: Asked): RangeMap<number> {
  const comparisons = sweptFields(asked.protocol).flatMap((field) =>
    comparisonsOf(field, facts, asked),
  )
  const questions = questionsOf(comparisons) as Question<number>[]
  const classes = partition([[0, lastNumber(asked.protocol)]], questions)
  const spans = classes.flatMap(({ id, intervals }) =>
    intervals.map(([from, to]): Span<number> => ({ from, to, value: id })),
  )
  return spans.sort((a, b) => a.from - b.from)
}

/** Both sides of every edge between classes, so every class has a member. */
export function boundaryNumbers(classes: RangeMap<number>): PortSet {
  const runs: { from: number; to: number }[] = []
  for (const n of new Set(classes.flatMap(({ from, to }) => [from, to]))) {
    const last = runs.at(-1)
    if (last && last.to + 1 === n) last.to = n
    else runs.push({ from: n, to: n })
  }
  return PortSet.of(...runs)
}

/** Links in classes, in order. No ruleset distinguishes those of a class by name or index. */
export function linkClasses(facts: readonly RuleFacts[], links: readonly string[]): string[][] {
  const questions = facts.flatMap(({ interfaces }) => interfaces)
  const classes = new Map<string, string[]>()
  for (const link of links) {
    const key = questions
      .map(({ names }) => (names.some((name) => isNamed(link, name)) ? '1' : '0'))
      .join('')
    const own = classes.get(key)
    if (own) own.push(link)
    else classes.set(key, [link])
  }
  return [...classes.values()]
}

/**
 * `eth*` matches every name that begins with `eth`; `eth\\*` matches the name that ends with a
 * star.
 */
export function isNamed(link: string, name: string): boolean {
  if (name.endsWith('\\*')) return link === `${name.slice(0, -2)}*`
  return name.endsWith('*') ? link.startsWith(name.slice(0, -1)) : link === name
}

/** Whether a value satisfies a comparison. */
export function satisfies({ intervals, mask }: Comparison, value: number | bigint): boolean {
  if (mask === undefined) return has(intervals, value)
  const seen = BigInt(value) & BigInt(mask)
  return has(intervals as Interval[], typeof value === 'bigint' ? seen : Number(seen))
}
