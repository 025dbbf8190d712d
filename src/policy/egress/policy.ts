/** The policy: what a platform promises about its projects' traffic, as data. */

import { PortSet } from '../../net/port-set.ts'
import type { Blocking, Clause } from '../clause.ts'

/** Deny beats allow beats deny by default beats otherwise, whatever their order in the file. */
export interface Section {
  /** No other line and no grant opens it. */
  readonly deny: readonly Clause[]
  readonly allow: readonly Clause[]
  /** `deny … unless: allowed`: an allow line or a grant opens it. */
  readonly denyByDefault: readonly Clause[]
  /** Covers every number of the protocol. */
  readonly otherwise: Clause
  readonly blocked: Blocking
}

/** Every line of a section that names numbers; an earlier one beats a later one. */
export function linesOf({ deny, allow, denyByDefault }: Section): Clause[] {
  return [...deny, ...allow, ...denyByDefault]
}

/** Every number that one of the lines names. */
export function numbersNamedBy(clauses: readonly Clause[]): PortSet {
  return PortSet.from(clauses.flatMap(({ numbers }) => numbers.ranges))
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
