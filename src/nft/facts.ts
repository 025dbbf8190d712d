/**
 * The comparisons, the state and the changes of a loaded ruleset: the facts that choose the probes.
 */

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
 * Fields with numeric values. `length` is the length of the whole IP packet in bytes, `ttl`
 * includes the hop limit, `protocol` is the protocol that the IP header carries.
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
  /** The family of the table: `ip`, `inet` … */
  readonly family: string
  readonly table: string
  readonly chain: string
  /** Absent for rules of legacy tables, which have no handle. */
  readonly handle?: number
  /** The text of the rule in its listing. */
  readonly text: string
}

/** One field that a rule compares. Equal and not-equal comparisons are alike here. */
export interface Comparison {
  readonly field: Field
  /** Only packets of this family are compared; absent: both families. */
  readonly family?: Family
  /** Only packets of this protocol are compared (`tcp`, `sctp` …); absent: all. */
  readonly protocol?: string
  /** Sorted and disjoint; bigint for addresses, number for all other fields. */
  readonly intervals: readonly Interval[]
  /**
   * The compared bits, unless the comparison is a range: the intervals hold the value under this
   * mask.
   */
  readonly mask?: bigint | number
  readonly where: RulePlace
}

/** A comparison of the incoming or the outgoing interface. */
export interface InterfaceComparison {
  readonly direction: 'in' | 'out'
  /** Names, or prefixes of names: `eth*`. */
  readonly names: readonly string[]
  readonly where: RulePlace
}

/** A translation: the new destination or source of a packet. */
export interface Translation {
  readonly kind: 'dnat' | 'snat' | 'redirect' | 'masquerade' | 'tproxy' | 'rewrite'
  /** Absent: addresses of both families. */
  readonly family?: Family
  /** New addresses. Empty if only the port changes, or with masquerade and redirect. */
  readonly addresses: readonly Interval<bigint>[]
  readonly ports: readonly Interval<number>[]
  /** Destinations that the rule names itself. Absent: none. */
  readonly destinations?: readonly Interval<bigint>[]
  readonly where: RulePlace
}

/** State of a rule that depends on earlier packets. */
export interface StatefulRule {
  readonly kind: 'limit' | 'quota' | 'connections' | 'set' | 'turns' | 'random' | 'recent'
  /** This many probes in a row certainly trigger it. Null if that is too many to send. */
  readonly burst: number | null
  /**
   * The packets that count: their families and protocols (numbers and ICMP_ERRORS of reach.ts;
   * absent: all).
   */
  readonly families: readonly Family[]
  readonly protocols?: readonly number[]
  readonly where: RulePlace
}

/** A comparison that no probe varies. */
export interface Opaque {
  /** The compared property: `tcp flags`, `fib daddr type`, `xt string` … */
  readonly what: string
  readonly where: RulePlace
}

export interface BaseChain {
  /** The family of the table. */
  readonly family: string
  readonly table: string
  readonly name: string
  readonly hook: Hook
  readonly type: string
  readonly priority: number
  readonly policy: 'accept' | 'drop'
  /** It has no rules and accepts. */
  readonly isIdle: boolean
}

export interface RuleFacts {
  /** Hooks with at least one base chain that is not idle. */
  readonly hooks: Readonly<Record<Family, ReadonlySet<Hook>>>
  readonly bases: readonly BaseChain[]
  /** Tables that no probe tests: `bridge filter`, `arp filter`. */
  readonly unexamined: readonly string[]
  /** Tables that are switched off, and decide nothing: `inet filter`. */
  readonly dormant: readonly string[]
  readonly comparisons: readonly Comparison[]
  readonly interfaces: readonly InterfaceComparison[]
  /** Distinct sets of fields that one rule compares, together with the jumps that lead to it. */
  readonly jointFields: readonly ReadonlySet<Field>[]
  readonly translations: readonly Translation[]
  readonly statefulRules: readonly StatefulRule[]
  /**
   * The state of connection tracking is not included: a sweep opens flows, so probes meet `new` and
   * their answers `established`.
   */
  readonly opaque: readonly Opaque[]
}

/** The number of bits of a field. */
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
