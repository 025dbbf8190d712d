/** The numbers of statements, and the statements about a path. */

import { FIREWALL } from '../lab/lab.ts'
import { PortSet } from '../net/port-set.ts'
import { type Family, lastNumber, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { speaksOf } from './endpoints.ts'
import {
  type Endpoint,
  INTERNET,
  type Policy,
  PROJECT,
  type Statement,
  type Traffic,
} from './policy.ts'

/** The numbers of a statement for this family and protocol. */
export function numbersOf(
  { traffic }: Pick<Statement, 'traffic'>,
  { family, protocol }: { readonly family: Family; readonly protocol: Protocol },
): PortSet {
  return traffic
    .filter((one) => one.protocol === protocol && (one.family ?? family) === family)
    .reduce((all, { numbers }) => all.union(numbers), PortSet.empty)
}

/** Every packet of a protocol. */
export const whole = (protocol: Protocol): Traffic => ({
  protocol,
  numbers: PortSet.of({ from: 0, to: lastNumber(protocol) }),
})

/** Every packet. */
export const EVERYTHING: readonly Traffic[] = PROTOCOLS.map(whole)

/** From one endpoint to another: an endpoint stands for all that decide like it. */
export interface Ends {
  readonly from: Endpoint
  readonly to: Endpoint
}

const zone = (name: string): Endpoint => ({ name, zone: name })

/** Of an egress policy: what a project sends, and what it is sent. */
export const OUTBOUND: Ends = { from: zone(PROJECT), to: zone(INTERNET) }
export const TO_FIREWALL: Ends = { from: zone(PROJECT), to: zone(FIREWALL) }
export const INBOUND: Ends = { from: zone(INTERNET), to: zone(PROJECT) }

/** Whether an egress policy promises anything of the firewall itself. */
export const isOfFirewall = (policy: Policy): boolean =>
  statementsAbout(policy, TO_FIREWALL, 'tcp').length > 0

/** Statements and defaults about a protocol between two endpoints, without those about spoofed sources. */
export function statementsAbout(
  { statements, otherwise }: Policy,
  { from, to }: Ends,
  protocol: Protocol,
): Statement[] {
  return [...statements, ...otherwise].filter(
    (one) =>
      !one.spoofed &&
      speaksOf(one.from, from) &&
      speaksOf(one.to, to) &&
      one.traffic.some((traffic) => traffic.protocol === protocol),
  )
}
