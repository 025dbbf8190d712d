/** The type of the risk table's entries. */
import type { PortSet } from '../net/port-set.ts'
import type { PortProtocol } from '../net/protocol.ts'
import type { RiskKind } from './reviewed.ts'

/** Ports of well-known services that are a risk when open towards the Internet. */
export interface RiskEntry {
  /** Lower-case letters, digits and hyphens. Unique in the table. */
  readonly id: string
  readonly kind: RiskKind
  readonly title: string
  readonly protocols: readonly PortProtocol[]
  readonly ports: PortSet
  /** One or two plain sentences. */
  readonly reason: string
  readonly source: string
}
