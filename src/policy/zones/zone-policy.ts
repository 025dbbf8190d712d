/** A policy for any zones: the allowed and forbidden traffic between them, as data. */

import type { SourcePosition } from '../../input/position.ts'
import { FIREWALL } from '../../lab/lab.ts'
import type { PortSet } from '../../net/port-set.ts'
import type { Family, Protocol } from '../../net/protocol.ts'
import type { Clause, Treatment } from '../clause.ts'
import type { ExpectedBlocking } from '../expectation.ts'

/** Means every zone and the firewall in `from` and `to`. */
export const ANY = 'any'

/** A host: an address within a zone, or one address of each family. */
export interface PolicyHost {
  readonly name: string
  readonly zone: string
  readonly addresses: readonly HostAddress[]
  readonly at: SourcePosition
}

export interface HostAddress {
  readonly family: Family
  readonly address: string
  readonly at: SourcePosition
}

/**
 * Numbers of one protocol. For ICMP, numbers of one family, because the types of the families
 * differ.
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
  /** For a deny: it is a default, which an allow opens. */
  readonly unlessAllowed: boolean
  /** For denied packets. Protocols that the statement does not name have the same value. */
  readonly by: BlockingByProtocol
  /** Zones (each with its hosts), hosts, FIREWALL, or ANY. */
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly families: readonly Family[]
  readonly traffic: readonly Traffic[]
  readonly clause: Pick<Clause, 'label' | 'at'>
  readonly reason?: string
}

/** Deny beats allow beats deny unless allowed beats otherwise, whatever their order in the file. */
export interface ZonePolicy {
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
  readonly otherwise: Pick<Statement, 'treatment' | 'by' | 'clause'>
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

/** The zones in the policy's order, each followed by its hosts. The firewall comes last. */
export function endpointsOf({ zones, hosts }: Pick<ZonePolicy, 'zones' | 'hosts'>): Endpoint[] {
  return [
    ...zones.flatMap((zone) => [
      { name: zone, zone },
      ...hosts.filter((host) => host.zone === zone).map(({ name }) => ({ name, zone })),
    ]),
    { name: FIREWALL, zone: FIREWALL },
  ]
}

/** A zone covers all addresses in it, a host only itself. */
export function speaksOf(names: readonly string[], { name, zone }: Endpoint): boolean {
  return names.some((one) => one === ANY || one === name || one === zone)
}
