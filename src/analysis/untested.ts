/**
 * Rules whose result may depend on a property that no probe varies. While such a rule can change
 * the outcome of a packet, a run proves less than its scenario claims.
 */

import type { Inspection } from '../firewall/firewall.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'
import type { Comparison, Field, RulePlace, StatefulRule } from '../nft/facts.ts'
import { isObject, type Json, listOf, textIn, within } from '../nft/json.ts'
import { chainKey, type Rule } from '../nft/rule.ts'
import { type Ruleset, rulesetOf } from '../nft/rules.ts'
import type { UntestedRule } from '../result/untested.ts'
import { comparisonsIn } from './comparisons.ts'
import { isNamed } from './equivalence-classes.ts'
import { factsOf } from './extract.ts'
import { FILLED_ELSEWHERE, filledElsewhere } from './filled-elsewhere.ts'
import { targetsIn } from './jump-targets.ts'
import { type Reachability, reachabilityIn } from './reachability.ts'
import { MOST_REPETITIONS } from './repetitions.ts'
import { sideEffectFree } from './side-effect-free.ts'
import { protocolsWithPorts, unsendable } from './unsendable.ts'
import { unsentStates } from './unsent-states.ts'

/** The probes that pass the rules. */
export interface Probed {
  readonly family: Family
  /** Hooks on the way of the probes and of their answers. */
  readonly hooks: ReadonlySet<string>
  /** Numbers of IP protocols; absent: all. */
  readonly protocols?: readonly number[]
  /** Absent: all. */
  readonly ports?: PortSet
  /** Interfaces of the lab. */
  readonly links: readonly string[]
  /** Undefined if probes vary the comparison, otherwise the property that they do not vary. */
  readonly unvaried: (comparison: Comparison) => string | undefined
}

export function untestedRules(inspection: Inspection, probed: Probed): UntestedRule[] {
  const ruleset = rulesetOf(inspection)
  const isIdle = sideEffectFree(ruleset.rules)
  const reach = reachabilityIn(ruleset)
  const isOnTheWay = onTheWay(ruleset, probed)
  const leftOver = notUsedUp(inspection)
  const statesOf = unsentStates(ruleset)
  const isFilledElsewhere = filledElsewhere(ruleset, reach, probed.ports)
  return ruleset.rules.flatMap((rule): UntestedRule[] => {
    const what = [
      ...notVaried(rule, ruleset, probed, reach(rule).protocols),
      ...(variesFlags(rule, ruleset, probed) ? [] : statesOf(rule, reach(rule).protocols)),
      ...(leftOver.get(placeKey(rule.where)) ?? []),
      ...(isFilledElsewhere(rule) ? [FILLED_ELSEWHERE] : []),
    ]
    if (what.length === 0 || isIdle(rule) || isClamp(rule)) return []
    const isMet = isOnTheWay(rule) && meets(reach(rule), probed) && mayMatchLinks(rule, probed)
    return isMet ? [{ where: rule.where, what }] : []
  })
}

/** Frames that no probe is, by the family of the tables that see them. */
const FRAMES: Readonly<Record<string, string>> = {
  arp: 'ARP, which the lab does not use',
  bridge: 'frames of a bridge',
}

/** Rules of tables that no probe passes: `arp` and `bridge`. */
export function unprobedRules(
  inspection: Inspection,
  families: readonly (keyof typeof FRAMES)[],
): UntestedRule[] {
  const ruleset = rulesetOf(inspection, families)
  const own = ruleset.rules.filter(({ where }) => families.includes(where.family))
  const isIdle = sideEffectFree(own)
  const hooked = new Set(ruleset.bases.map(({ family, table }) => `${family} ${table}`))
  return own
    .filter((rule) => !isIdle(rule) && hooked.has(`${rule.where.family} ${rule.where.table}`))
    .map(({ where }) => ({ where, what: [FRAMES[where.family]!] }))
}

const placeKey = ({ family, table, chain, handle, text }: RulePlace): string =>
  `${family} ${table} ${chain} ${handle ?? text}`

const USED_UP: Readonly<Partial<Record<StatefulRule['kind'], string>>> = {
  limit: 'an exhausted limit',
  quota: 'an exhausted quota',
  connections: 'a reached connection limit',
  turns: 'all turns of numgen',
  random: 'rare random numbers',
}

/** By rule: limits that this few probes do not trigger. */
function notUsedUp(inspection: Inspection): ReadonlyMap<string, readonly string[]> {
  const found = factsOf(inspection).statefulRules.flatMap(({ kind, burst, where }) => {
    const what = USED_UP[kind]
    const isReached = burst !== null && burst < MOST_REPETITIONS.ported
    return what === undefined || isReached ? [] : [[placeKey(where), [what]] as const]
  })
  return new Map(found)
}

function notVaried(rule: Rule, ruleset: Ruleset, probed: Probed, reached: Numbers): string[] {
  const { unvaried, family } = probed
  const { opaque, comparisons } = comparisonsIn(rule, ruleset)
  const asked = comparisons.filter((one) => one.family === undefined || one.family === family)
  const protocols = both(reached ?? protocolsWithPorts(rule, asked), probed.protocols)
  return [
    ...new Set([
      ...opaque.map(({ what }) => what),
      ...asked.flatMap((one) => unvaried(one) ?? unsendable(one, family, protocols) ?? []),
    ]),
  ]
}

/** Numbers of IP protocols; undefined: all. */
type Numbers = readonly number[] | undefined

const both = (one: Numbers, other: Numbers): Numbers =>
  one && other ? one.filter((number) => other.includes(number)) : (one ?? other)

/** Segments with these flags are sent, and most of them open no flow. */
const variesFlags = (rule: Rule, ruleset: Ruleset, { unvaried }: Probed): boolean =>
  comparisonsIn(rule, ruleset).comparisons.some(
    (one) => one.field === 'tcpFlags' && unvaried(one) === undefined,
  )

/** Whether a chain of one of the hooks leads to the rule. */
function onTheWay(ruleset: Ruleset, { hooks, family }: Probed): (rule: Rule) => boolean {
  const targets = targetsIn(ruleset)
  const rules = Map.groupBy(ruleset.rules, ({ where }) => chainKey(where, where.chain))
  const isOf = (table: string): boolean =>
    table === 'inet' || table === 'netdev' || table === (family === 4 ? 'ip' : 'ip6')
  const entered = new Set(
    ruleset.bases
      .filter((base) => hooks.has(base.hook) && isOf(base.family))
      .map((base) => chainKey(base, base.name)),
  )
  // The set grows while it is walked; each chain comes once.
  for (const key of entered)
    for (const rule of rules.get(key) ?? [])
      for (const target of targets(rule)) entered.add(chainKey(rule.where, target))
  return ({ where }) => entered.has(chainKey(where, where.chain))
}

const meets = (reachability: Reachability, { family, protocols }: Probed): boolean =>
  reachability.families.includes(family) &&
  (!protocols ||
    !reachability.protocols ||
    reachability.protocols.some((one) => protocols.includes(one)))

/** False if the rule compares interfaces that the lab does not have, such as `lo`. */
const mayMatchLinks = ({ statements }: Rule, { links }: Probed): boolean =>
  statements.every((statement) => {
    const names = interfacesAsked(statement)
    return !names || links.some((link) => names.some((name) => isNamed(link, name)))
  })

const INTERFACES = ['iif', 'iifname', 'oif', 'oifname']

function interfacesAsked(statement: Json): readonly string[] | undefined {
  const match = within(statement, 'match')
  const key = match && textIn(within(match.left, 'meta') ?? {}, 'key')
  if (!match || key === undefined || !INTERFACES.includes(key) || match.op === '!=')
    return undefined
  const { right } = match
  // A named set: its elements are not looked up, so it may match.
  if (typeof right === 'string' && right.startsWith('@')) return undefined
  return (isObject(right) && 'set' in right ? listOf(right.set) : listOf(right)).map(String)
}

/** It writes a TCP option (usually the segment size) and decides nothing. */
function isClamp({ statements }: Rule): boolean {
  const acts = statements.filter(
    (statement) => !within(statement, 'match') && !isXtMatch(statement),
  )
  const writes = acts.filter((act) => !('counter' in act))
  return writes.length > 0 && writes.every(isOptionWrite)
}

const isXtMatch = (statement: Json): boolean => within(statement, 'xt')?.type === 'match'

const isOptionWrite = (act: Json): boolean =>
  within(within(act, 'mangle')?.key, 'tcp option') !== undefined ||
  within(act, 'xt')?.name === 'TCPMSS'

/** Display names of fields that no probe of a command varies. */
export const FIELD_WORDS: Readonly<Record<Field, string>> = {
  source: 'source addresses',
  destination: 'destination addresses',
  sourcePort: 'source ports',
  destinationPort: 'destination ports',
  protocol: 'IP protocols',
  icmpType: 'ICMP types',
  icmpCode: 'ICMP codes',
  length: 'packet lengths',
  ttl: 'TTLs',
  dscp: 'DSCP values',
  mark: 'marks',
  tcpFlags: 'TCP flags',
}
