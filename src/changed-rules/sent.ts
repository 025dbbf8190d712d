/** The part of a sweep that decides which rules its probes may reach. */
import type { AddressedPacket } from '../net/packet-fields.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { Field } from '../nft/facts.ts'

/** A sweep that was made through both firewalls. */
export interface Sent {
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  readonly packet: AddressedPacket
  readonly answer: 'reply' | 'icmp-error'
  /** Each probe belongs to a flow that was opened before. */
  readonly inFlow?: boolean
  readonly numbers: PortSet
  /** `boundaries`: of each class only its edges were probed. */
  readonly detail?: 'all' | 'boundaries'
  readonly classes?: RangeMap<number>
  /** Sets of fields whose combinations the budget cut, of this path and protocol. */
  readonly cut?: readonly (readonly Field[])[]
}
