/** What a loaded ruleset compares packets with, remembers of them, and does to them: the facts from which probes are chosen. */

import type { Interval } from '../net/interval-set.ts'
import type { Family } from '../net/protocol.ts'

export type Hook =
  | 'ingress'
  | 'egress'
  | 'prerouting'
  | 'input'
  | 'forward'
  | 'output'
  | 'postrouting'

/**
 * Fields with numbers for values. `length` is that of the whole IP packet in
 * bytes, `ttl` the hop limit as well, `protocol` what the IP header carries.
 */
export type Field =
  | 'source'
  | 'destination'
  | 'sourcePort'
  | 'destinationPort'
  | 'protocol'
  | 'icmpType'
  | 'icmpCode'
  | 'length'
  | 'ttl'
  | 'dscp'
  | 'mark'
  | 'tcpFlags'

export interface RulePlace {
  /** Of the table: `ip`, `inet` … */
  readonly family: string
  readonly table: string
  readonly chain: string
  /** Absent for rules of legacy tables, which have none. */
  readonly handle?: number
  /** The rule as its listing has it. */
  readonly text: string
}

/** A question that a rule asks of one field; whether it wants yes or no does not matter here. */
export interface Comparison {
  readonly field: Field
  /** Only packets of this family are asked; absent: both. */
  readonly family?: Family
  /** Only packets of this protocol are asked (`tcp`, `sctp` …); absent: all. */
  readonly protocol?: string
  /** Sorted and disjoint; bigint for addresses, number for all else. */
  readonly intervals: readonly Interval[]
  /** The bits that are looked at, where that is no range: the intervals are of the value under this mask. */
  readonly mask?: bigint | number
  readonly where: RulePlace
}

/** A question about the interface a packet came in by, or goes out by. */
export interface InterfaceComparison {
  readonly direction: 'in' | 'out'
  /** Names, or beginnings of names: `eth*`. */
  readonly names: readonly string[]
  readonly where: RulePlace
}

/** Where packets are sent instead of where they were going to, or whose address they get. */
export interface Translation {
  readonly kind: 'dnat' | 'snat' | 'redirect' | 'masquerade' | 'tproxy' | 'rewrite'
  /** Addresses of both families where absent. */
  readonly family?: Family
  /** New addresses; empty where only the port changes, or where the firewall's own is taken. */
  readonly addresses: readonly Interval<bigint>[]
  readonly ports: readonly Interval<number>[]
  /** Destinations that the rule names itself; absent: it names none. */
  readonly destinations?: readonly Interval<bigint>[]
  readonly where: RulePlace
}

/** What a rule remembers of packets that came before. */
export interface StatefulRule {
  readonly kind: 'limit' | 'quota' | 'connections' | 'set' | 'turns' | 'random' | 'recent'
  /** How many probes in a row it surely takes until it answers otherwise; null where that is not practical. */
  readonly burst: number | null
  /** Of which packets: those of these families and protocols (numbers and ICMP_ERRORS of reach.ts; absent: all). */
  readonly families: readonly Family[]
  readonly protocols?: readonly number[]
  readonly where: RulePlace
}

/** A comparison that no probe is varied for. */
export interface Opaque {
  /** What is compared: `tcp flags`, `fib daddr type`, `xt string` … */
  readonly what: string
  readonly where: RulePlace
}

export interface BaseChain {
  /** Of the table. */
  readonly family: string
  readonly table: string
  readonly name: string
  readonly hook: Hook
  readonly type: string
  readonly priority: number
  readonly policy: 'accept' | 'drop'
  /** It has no rules, and accepts. */
  readonly isIdle: boolean
}

export interface RuleFacts {
  /** Hooks with a base chain that is not idle. */
  readonly hooks: Readonly<Record<Family, ReadonlySet<Hook>>>
  readonly bases: readonly BaseChain[]
  /** Tables that no probe examines: `bridge filter`, `arp filter`. */
  readonly unexamined: readonly string[]
  /** Tables that are switched off, and decide nothing: `inet filter`. */
  readonly dormant: readonly string[]
  readonly comparisons: readonly Comparison[]
  readonly interfaces: readonly InterfaceComparison[]
  /** Distinct sets of fields that are compared on the way through one rule, the jumps that lead to it included. */
  readonly jointFields: readonly ReadonlySet<Field>[]
  readonly translations: readonly Translation[]
  readonly statefulRules: readonly StatefulRule[]
  /**
   * Connection tracking's own state is not in here: sweeps open flows, so that
   * `new` is asked on the way there and `established` on the way back.
   */
  readonly opaque: readonly Opaque[]
}

/** Bits of a field's values. */
export function widthOf(field: Field, family: Family): number {
  switch (field) {
    case 'source':
    case 'destination':
      return family === 4 ? 32 : 128
    case 'sourcePort':
    case 'destinationPort':
    case 'length':
      return 16
    case 'mark':
      return 32
    case 'dscp':
      return 6
    case 'protocol':
    case 'icmpType':
    case 'icmpCode':
    case 'ttl':
    case 'tcpFlags':
      return 8
    default:
      throw new Error(`unknown field ${field satisfies never}`)
  }
}

export const isAddressField = (field: Field): field is 'source' | 'destination' =>
  field === 'source' || field === 'destination'
