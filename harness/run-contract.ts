/** What the command line asks of a run, and what a run tells while it goes. */
import type { Family, Protocol } from '../src/flow.ts'
import type { PortSet } from '../src/ports.ts'
import type { Result, ScenarioResult, TableResult } from '../src/result.ts'
import type { Sabotage } from './lab/contract.ts'
import type { Housing } from './provider/housing.ts'
import type { Loaded } from './read.ts'
import type { Sandbox } from './sandbox/sandbox.ts'

export interface RunOptions {
  readonly loaded: readonly Loaded[]
  readonly ports?: PortSet | undefined
  readonly families?: readonly Family[] | undefined
  readonly protocols?: readonly Protocol[] | undefined
  /** Every TCP and UDP probe leaves from this port; other source ports are then not tried. */
  readonly sourcePort?: number | undefined
  /** Nftables text to test instead of the compiled policy; `origin` is its file. */
  readonly ruleset?: { readonly origin: string; readonly text: string } | undefined
  /** Labs open at once. */
  readonly jobs: number
  readonly rootless: boolean
  readonly signal: AbortSignal
  /** Command that a replay begins with; `nftproof run` by default. */
  readonly replay?: string | undefined
  /** A sandbox that was started already; the run closes it. */
  readonly sandbox?: Sandbox | undefined
  readonly sabotage?: Sabotage | undefined
  /** Where the firewall is, that is not in namespaces of the labs' own. The command leaves it. */
  readonly housing?: Housing | undefined
}

export type RunEvent =
  | { readonly kind: 'started'; readonly scenario: string; readonly sweeps: number }
  | { readonly kind: 'swept'; readonly scenario: string; readonly table: TableResult }
  | { readonly kind: 'done'; readonly result: ScenarioResult }

export type Run = (options: RunOptions, onEvent: (event: RunEvent) => void) => Promise<Result>
