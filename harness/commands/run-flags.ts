/** The options of `nftproof run`. */

import type { RunIn } from '../../src/firewall/run-in.ts'
import type { Trust } from '../../src/firewall/trust.ts'
import type { PortSet } from '../../src/net/port-set.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import type { Day } from '../../src/policy/grant.ts'
import type { Shard } from '../../src/result/shard.ts'
import type { FolderFlags } from '../input/scenarios-folder.ts'
import type { TargetFlags } from '../input/target-flags.ts'
import type { ReportFlags } from '../output/reports.ts'
import type { ScriptFlags } from '../system/script-timeout.ts'

export interface RunFlags extends TargetFlags, FolderFlags, ScriptFlags, ReportFlags {
  readonly list?: boolean
  readonly from?: string[]
  readonly to?: string[]
  readonly ports?: PortSet
  readonly family?: Family[]
  readonly protocol?: Protocol[]
  readonly sourcePort?: number
  readonly out?: string
  readonly save: boolean
  readonly jobs?: number
  readonly rootless?: boolean
  readonly at?: Day
  readonly runIn?: RunIn
  readonly shard?: Shard | 'none'
  readonly times?: string
  readonly trust?: Trust
}
