/** The shape of the table of risks. */
import type { PortSet } from '../net/port-set.ts'
import type { PortProtocol } from '../net/protocol.ts'
import type { RiskKind } from './reviewed.ts'

/** Ports of well-known services whose opening outwards is a risk. */
export interface RiskEntry {
  /** Lower-case letters, digits and hyphens; no two entries have the same. */
  readonly id: string
  readonly kind: RiskKind
  readonly title: string
  readonly protocols: readonly PortProtocol[]
  readonly ports: PortSet
  /** One or two plain sentences. */
  readonly reason: string
  readonly source: string
}
