/** The policy: what a platform promises about its projects' traffic, as data. */

import type { PortSet } from '../../net/port-set.ts'
import type { Family } from '../../net/protocol.ts'

export type Treatment = 'allow' | 'restrict'

/**
 * How a blocked packet is answered. `drop`: not at all. `tcp-reset`: RFC 9293
 * §3.10.7. The others are ICMP destination-unreachable codes (RFC 792, RFC
 * 1812 §5.2.7.1; RFC 4443 §3.1); `reject` in a file is read as `tcp-reset` for
 * TCP and as `port-unreachable` for UDP; all else is always dropped.
 */
export type Blocking =
  | 'drop'
  | 'tcp-reset'
  | 'port-unreachable'
  | 'host-unreachable'
  | 'no-route'
  | 'admin-prohibited'

/** Where in a file something stands; line and column count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One line of a policy. It covers `numbers` of its protocol. */
export interface Clause {
  readonly treatment: Treatment
  /** Ports; ICMP types of one family; or IP protocol numbers. */
  readonly numbers: PortSet
  /** Only for ICMP, whose type numbers differ between the families. Absent: both. */
  readonly family?: Family
  /** Numbers that are written one by one. Absent: none, or not known. */
  readonly singles?: readonly number[]
  /** For people, as short as it can be said: `allow SSH`, `restrict tcp 1–1024`, `otherwise allow`. */
  readonly label: string
  readonly service?: string
  readonly source?: string
  readonly reason?: string
  readonly at: Place
}

/** Allow beats restrict beats otherwise, whatever their order in the file. */
export interface Section {
  readonly allow: readonly Clause[]
  readonly restrict: readonly Clause[]
  /** Covers every number of the protocol. */
  readonly otherwise: Clause
  readonly blocked: Blocking
}

export interface Policy {
  /** Lower-case letters, digits and hyphens; begins with a letter; at most 32. */
  readonly id: string
  readonly title: string
  readonly source?: string
  readonly file: string
  readonly direction: 'egress'
  readonly tcp: Section
  readonly udp: Section
  /** ICMP over IPv4 and ICMPv6 over IPv6. `blocked` is always `drop`: RFC 1122 §3.2.2 forbids errors about errors. */
  readonly icmp: Section
  /** IP protocols other than TCP, UDP and the family's own ICMP. `blocked` is always `drop`: the kernel rejects few of them. */
  readonly protocols: Section
  /** New flows towards a project, from anywhere, another project included. */
  readonly inbound: Section
  readonly grants: GrantTerms
}

/** `keep`: an established flow lives on when what opened it is taken back. `cut`: its next packet is blocked, either way. */
export type Revoked = 'keep' | 'cut'

/** What a policy says about grants. */
export interface GrantTerms {
  readonly revoked: Revoked
  readonly source?: string
  readonly reason?: string
}
