/** What every part of one family of a scenario about a given firewall needs. */

import type { Family, Protocol } from '../../src/net/protocol.ts'
import type { EndpointPath, ZoneSubject } from '../../src/plan/zone-sweep.ts'
import type {
  ControlResult,
  HandshakeResult,
  NotMeasured,
  SourcePortResult,
  TableResult,
  UntestedResult,
} from '../../src/result/result.ts'
import type { PathSpec } from '../contract/lab.ts'
import type { PreparedScenario } from '../input/prepare-zones.ts'
import type { RunContext } from './context.ts'

export interface ZoneWork extends RunContext {
  readonly prepared: PreparedScenario
  readonly subject: ZoneSubject
  readonly family: Family
  readonly findings: ZoneFindings
}

/** Filled as things become known, so that an interruption loses nothing. */
export interface ZoneFindings {
  readonly family: Family
  readonly controls: ControlResult[]
  readonly tables: TableResult[]
  readonly sourcePorts: SourcePortResult[]
  readonly handshakes: HandshakeResult[]
  readonly notes: string[]
  /** Rules that no probe varies. */
  readonly untested: UntestedResult[]
  readonly problems: string[]
  readonly notMeasured: NotMeasured[]
}

export function noZoneFindings(family: Family): ZoneFindings {
  const none = { controls: [], tables: [], sourcePorts: [], handshakes: [] }
  return { family, ...none, notes: [], untested: [], problems: [], notMeasured: [] }
}

/** As a lab is asked: from zone to zone. */
export function specOf({ from, to, source, target }: EndpointPath, protocol: Protocol): PathSpec {
  return { from: from.zone, to: to.zone, source, target, protocol }
}
