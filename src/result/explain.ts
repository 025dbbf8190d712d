/** One packet through a firewall: what became of it at both ends, and the walk that the kernel traced. */

import type { AddressedPacket } from '../net/packet-fields.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { Observation } from './outcome.ts'
import type { Losses, Versions } from './result.ts'
import type { Walk } from './trace.ts'

export interface ExplainResult {
  readonly format: 'nftproof-explain'
  readonly version: 1
  /** As it was named. */
  readonly firewall: string
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  /** Port, ICMP type or IP protocol number. */
  readonly number: number
  readonly packet: AddressedPacket
  /** TCP flags, where it was not a SYN: `ack`, `fin,ack`. */
  readonly flags?: string
  readonly observation: Observation
  readonly walk: Walk
  readonly losses: Losses
  /** How the lab was chosen, a sentence each. */
  readonly lab: readonly string[]
  readonly problems: readonly string[]
  readonly versions: Versions
}
