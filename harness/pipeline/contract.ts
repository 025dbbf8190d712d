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

/** A scenario that cannot be measured. This is known before the run starts. */
export type Failed = (Loaded | LoadedFirewallScenario) & { readonly failure: Error }

/** A scenario, ready for a run. */
export type Ready = Loaded | PreparedScenario | Failed
export interface GivenRuleset {
  /** Its file. */
  readonly origin: string
  readonly text: string
  /** The origin of the lines of the text; absent: all lines are from that file. */
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
  /** For a shard of a run: its parts. `loaded` has only scenarios with a part in this shard. */
  readonly shard?: RunShard | undefined
  /** Labs open at once. */
  readonly jobs: number
  readonly rootless: boolean
  readonly signal: AbortSignal
  /** The beginning of a replay command; `nftproof run` by default. */
  readonly replay?: string | undefined
  /** A sandbox that is already started; the run closes it. */
  readonly sandbox?: Sandbox | undefined
  readonly faults?: FaultInjection | undefined
  /**
   * The providers of firewalls outside of the labs' own namespaces, by scenario. The command closes
   * them.
   */
  readonly providers?: Providers | undefined
}

export interface RunShard {
  readonly share: Share
  readonly result: Omit<ShardResult, 'order'>
}

export type RunEvent =
  | { readonly kind: 'started'; readonly scenario: string; readonly sweeps: number }
  /** Sweeps that were planned after the start of the run. */
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

/** Providers, by the ids of their scenarios. */
export type Providers = ReadonlyMap<string, Provider>
