/**
 * What a policy promises, as data: the one form to which both file formats are lowered. What decides
 * and what compiles rulesets share this file and nothing else of policies.
 */

import type { SourcePosition } from '../input/position.ts'
import type { ZoneAddress } from '../net/address.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { Clause, Treatment } from './clause.ts'
import type { ExpectedBlocking } from './expectation.ts'

/** Means every zone and the firewall in `from` and `to`. */
export const ANY = 'any'

/** The zones of an egress policy: that of all projects, and that of everything else. */
export const PROJECT = 'project'
export const INTERNET = 'internet'

/** A host: an address or a network within a zone, at most one of each family. */
export interface PolicyHost {
  readonly name: string
  readonly zone: string
  readonly addresses: readonly HostAddress[]
  /** The owner; requests of the host must name the same. */
  readonly organization?: string
  readonly at: SourcePosition
}

/** A single address has the whole length as its prefix. */
export interface HostAddress extends ZoneAddress {
  readonly at: SourcePosition
}

/**
 * Numbers of one protocol. For ICMP, numbers of one family, because the types of the families
 * differ. Without a family: of both.
 */
export interface Traffic {
  readonly protocol: Protocol
  readonly family?: Family
  readonly numbers: PortSet
}

/** How packets are blocked, by protocol. */
export type BlockingByProtocol = Readonly<Record<Protocol, ExpectedBlocking>>

export interface Statement {
  readonly treatment: Treatment
  /** Of what is denied; the same for every protocol that the statement is not about. */
  readonly by: BlockingByProtocol
  /** Zones (each with its hosts), hosts, FIREWALL, or ANY. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly families: readonly Family[]
  readonly traffic: readonly Traffic[]
  /** Only packets with a source address that belongs behind another link. */
  readonly spoofed?: true
  /** Numbers that are listed one by one. Absent: none, or unknown. */
  readonly singles?: readonly number[]
  readonly clause: Pick<Clause, 'label' | 'at'>
  readonly source?: string
  readonly reason?: string
}

/** A statement as a file writes it, among statements of all kinds. */
export interface WrittenStatement extends Statement {
  /** Of a deny: a default, which an allow opens. */
  readonly unlessAllowed: boolean
}

/**
 * A denial among the statements beats every allow; an allow beats the defaults. Of several
 * statements that decide alike, the first one is named.
 *
 *     deny in `statements`  >  allow in `statements`  >  `otherwise`, the first one first
 *                                        grants open what `otherwise` denies
 */
export interface Policy {
  /** Begins with a letter; at most 32 lower-case letters, digits and hyphens. */
  readonly id: string
  readonly title: string
  readonly source?: string
  readonly file: string
  readonly zones: readonly string[]
  /** The source position of each zone. */
  readonly zonesAt: readonly SourcePosition[]
  readonly hosts: readonly PolicyHost[]
  readonly statements: readonly Statement[]
  /** Defaults for some traffic, and at the end those for everything else. */
  readonly otherwise: readonly Statement[]
  /** Absent: no grant opens anything. */
  readonly grants?: GrantTerms
}

/**
 * `keep`: an established flow continues after its grant is revoked. `cut`: its next packet is
 * blocked, in both directions.
 */
export type Revoked = 'keep' | 'cut'

/** Where grants open ports, and what becomes of their flows. */
export interface GrantTerms {
  readonly revoked: Revoked
  /** As in statements: to these paths alone grants apply. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly source?: string
  readonly reason?: string
}

/**
 * One endpoint of a path, as finely as the policy distinguishes: a named host, any other address of
 * a zone, or the firewall itself.
 */
export interface Endpoint {
  /** The name of the host or the zone, or FIREWALL. */
  readonly name: string
  readonly zone: string
}
