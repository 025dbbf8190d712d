/** The options of a run from the command line, and the events that a run reports. */
import type { FirewallPart, Stretch } from '../../src/firewall/firewall.ts'
import type { PortSet } from '../../src/net/port-set.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import type { Result, ScenarioResult, ShardResult, TableResult } from '../../src/result/result.ts'
import type { Share } from '../../src/shard/parts.ts'
import type { FaultInjection } from '../contract/lab.ts'
import type { Loaded, LoadedFirewallScenario } from '../input/load.ts'
import type { PreparedScenario } from '../input/prepare-zones.ts'
import type { Provider } from '../provider/provider.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** A scenario that cannot be measured, which is known before anything is. */
export type Failed = (Loaded | LoadedFirewallScenario) & { readonly failure: Error }

/** A scenario as a run takes it. */
export type Ready = Loaded | PreparedScenario | Failed
export interface GivenRuleset {
  /** Its file. */
  readonly origin: string
  readonly text: string
  /** Where the lines of the text come from; absent: all of them from that file. */
  readonly stretches?: readonly Stretch[]
}

export function partIn({ origin, text, stretches }: GivenRuleset): FirewallPart {
  const whole = [{ from: 1, file: origin, line: 1 }]
  return { kind: 'nft', file: origin, text, stretches: stretches ?? whole }
}

export interface RunOptions {
  readonly loaded: readonly Ready[]
  /** Only these zones, projects or hosts. */
  readonly from?: readonly string[] | undefined
  readonly to?: readonly string[] | undefined
  readonly ports?: PortSet | undefined
  readonly families?: readonly Family[] | undefined
  readonly protocols?: readonly Protocol[] | undefined
  /** Every TCP and UDP probe leaves from this port; other source ports are then not tried. */
  readonly sourcePort?: number | undefined
  /** Nftables text to test instead of the compiled policy. */
  readonly ruleset?: GivenRuleset | undefined
  /** Where this is one shard of a run: what falls to it. `loaded` has only scenarios of which something does. */
  readonly shard?: RunShard | undefined
  /** Labs open at once. */
  readonly jobs: number
  readonly rootless: boolean
  readonly signal: AbortSignal
  /** Command that a replay begins with; `nftproof run` by default. */
  readonly replay?: string | undefined
  /** A sandbox that was started already; the run closes it. */
  readonly sandbox?: Sandbox | undefined
  readonly faults?: FaultInjection | undefined
  /** Where firewalls are that are not in namespaces of the labs' own, by scenario. The command leaves them. */
  readonly providers?: Providers | undefined
}

export interface RunShard {
  readonly share: Share
  readonly result: Omit<ShardResult, 'order'>
}

export type RunEvent =
  | { readonly kind: 'started'; readonly scenario: string; readonly sweeps: number }
  /** Sweeps that were not known of before. */
  | {
      readonly kind: 'planned'
      readonly scenario: string
      readonly family: Family
      readonly sweeps: number
      readonly numbers: number
    }
  | { readonly kind: 'swept'; readonly scenario: string; readonly table: TableResult }
  | { readonly kind: 'done'; readonly result: ScenarioResult }

export type Run = (options: RunOptions, onEvent: (event: RunEvent) => void) => Promise<Result>

/** Housings by the ids of the scenarios that are in them. */
export type Providers = ReadonlyMap<string, Provider>
