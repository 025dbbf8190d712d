/** An egress policy as it is written: what a platform promises about its projects' traffic, by protocol. */

import { PortSet } from '../../net/port-set.ts'
import type { Blocking, Clause } from '../clause.ts'
import type { GrantTerms, PolicyHost, Statement, WrittenStatement } from '../policy.ts'

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

/** Statements from the firewall or to it; the other ends are the zones of projects and of the Internet. */
export interface FirewallSection {
  readonly statements: readonly WrittenStatement[]
  readonly otherwise: Pick<Statement, 'treatment' | 'by' | 'clause'>
}

export interface EgressPolicy {
  /** Begins with a letter; at most 32 lower-case letters, digits and hyphens. */
  readonly id: string
  readonly title: string
  readonly source?: string
  readonly file: string
  readonly direction: 'egress'
  /** Hosts on the Internet. */
  readonly hosts: readonly PolicyHost[]
  readonly tcp: Section
  readonly udp: Section
  /**
   * ICMP over IPv4 and ICMPv6 over IPv6. `blocked` is always `drop`: RFC 1122 §3.2.2 forbids ICMP
   * errors about ICMP errors.
   */
  readonly icmp: Section
  /** IP protocols other than TCP, UDP and the family's own ICMP. `blocked` is always `drop`: the kernel rejects few of them. */
  readonly protocols: Section
  /** New flows towards a project from any zone, including other projects. */
  readonly inbound: Section
  /** Traffic to and from the firewall itself. Absent: nothing is promised of it. */
  readonly firewall?: FirewallSection
  /** The policy's settings for grants. */
  readonly grants: Omit<GrantTerms, 'from' | 'to'>
}
