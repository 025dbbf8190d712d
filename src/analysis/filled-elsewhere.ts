/**
 * Rules that read a set which packets of no common sweep fill: a knock on a UDP port that opens a
 * TCP port, or on a port that is not probed. Each sweep starts with fresh rules, so no probe meets
 * such an element.
 */
import type { Interval } from '../net/interval-set.ts'
import { PortSet } from '../net/port-set.ts'
import { chainKey, type Rule } from '../nft/rule.ts'
import { type Ruleset, setKey } from '../nft/rules.ts'
import { comparisonsIn } from './comparisons.ts'
import { targetsIn } from './jump-targets.ts'
import type { Reachability } from './reachability.ts'
import { writtenBy } from './stateful-rules.ts'

export const FILLED_ELSEWHERE = 'a set that other packets fill'

/** Hooks that the probes and the answers of one path pass. */
const PATHS = [
  ['ingress', 'prerouting', 'forward', 'postrouting', 'egress'],
  ['ingress', 'prerouting', 'input', 'output', 'postrouting', 'egress'],
]

export function filledElsewhere(
  ruleset: Ruleset,
  reach: (rule: Rule) => Reachability,
  ports = PortSet.all,
): (rule: Rule) => boolean {
  const writers = new Map<string, Rule[]>()
  for (const rule of ruleset.rules)
    for (const key of [...writtenBy(rule), ...recentLists(rule, /--(?:set|update)\b/)])
      writers.set(key, [...(writers.get(key) ?? []), rule])
  let known: ReadonlyMap<string, ReadonlySet<string>> | undefined
  const hooksOf = ({ where }: Rule): ReadonlySet<string> => {
    known ??= hooksByChain(ruleset)
    return known.get(chainKey(where, where.chain)) ?? new Set()
  }
  const isTogether = (one: Rule, other: Rule): boolean =>
    PATHS.some((path) =>
      [one, other].every((rule) => path.some((hook) => hooksOf(rule).has(hook))),
    ) && meet(reach(one).protocols, reach(other).protocols)
  const isProbed = (rule: Rule): boolean =>
    comparisonsIn(rule, ruleset).comparisons.every(
      ({ field, intervals }) =>
        field !== 'destinationPort' || !ports.intersect(portsIn(intervals)).isEmpty,
    )
  return (rule) => {
    if (writers.size === 0) return false
    const read = [
      ...comparisonsIn(rule, ruleset).sets,
      ...recentLists(rule, /--(?:rcheck|update)\b/),
    ]
    return read.some((key) => {
      const others = (writers.get(key) ?? []).filter((other) => other !== rule)
      return others.some(
        (other) => hooksOf(other).size > 0 && !(isProbed(other) && isTogether(rule, other)),
      )
    })
  }
}

const portsIn = (intervals: readonly Interval[]): PortSet =>
  PortSet.from(intervals.map(([from, to]) => ({ from: Number(from), to: Number(to) })))

const meet = (some?: readonly number[], others?: readonly number[]): boolean =>
  !some || !others || some.some((one) => others.includes(one))

/** The list of a legacy rule with `-m recent` and such an option. */
function recentLists({ where: { family, text } }: Rule, option: RegExp): string[] {
  const [, match = ''] = /-m recent (.*?)(?: -[mjg] |$)/.exec(text) ?? []
  if (!text.startsWith('-A') || !option.test(match)) return []
  return [setKey(family, 'recent', /--name (\S+)/.exec(match)?.[1] ?? 'DEFAULT')]
}

function hooksByChain(ruleset: Ruleset): ReadonlyMap<string, ReadonlySet<string>> {
  const targets = targetsIn(ruleset)
  const rules = Map.groupBy(ruleset.rules, ({ where }) => chainKey(where, where.chain))
  const found = new Map<string, Set<string>>()
  for (const base of ruleset.bases) {
    // The set grows while it is walked; each chain comes once.
    const entered = new Set([chainKey(base, base.name)])
    for (const key of entered) {
      found.set(key, (found.get(key) ?? new Set()).add(base.hook))
      for (const rule of rules.get(key) ?? [])
        for (const target of targets(rule)) entered.add(chainKey(rule.where, target))
    }
  }
  return found
}
