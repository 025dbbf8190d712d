/**
 * What the command asks of a lab and what it gets: plain data, because it
 * crosses from the sandbox's process to the command's.
 */
import type { Firewall, Inspection } from '../../src/firewall/firewall.ts'
import type { LabZone } from '../../src/lab/lab.ts'
import type { PacketFields } from '../../src/net/packet-fields.ts'
import type { Range } from '../../src/net/port-set.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import type { Observation } from '../../src/result/outcome.ts'
import type { Losses } from '../../src/result/result.ts'
import type { TraceStep } from '../../src/result/trace.ts'

export type { PacketFields }

/** One firewall in its own namespace; probed over one family, so that two families run side by side. */
export interface LabSpec {
  readonly family: Family
  /** The default route leads to the zone that says so, or to that of kind `internet`. */
  readonly zones: readonly LabZone[]
  /** True where absent. */
  readonly forwarding?: boolean
  /** Set last, beyond those that a lab sets by itself; by name, as sysctl(8) writes it. */
  readonly sysctls?: Readonly<Record<string, string>>
  /** Bytes of the longest frame that is sent or looked at; 256 where absent. */
  readonly longestFrame?: number
  /** A namespace that exists already; absent: a new one. */
  readonly netns?: LabNetns
  /** Also see packets that the firewall takes for its own where they were sent to a zone: a redirection. */
  readonly watchesFirewall?: boolean
}

/**
 * An existing namespace. `existing`: is restored after the run. `container`: a
 * container's own, used for nothing else. `nic`: the firewall is another machine,
 * and the wire's links are interfaces. Paths are below the host's /proc.
 */
export type LabNetns = {
  /** `PID/ns/net`; of `nic`: the namespace that they are in. */
  readonly net: string
} & (
  | ({ readonly kind: 'existing' } & NetnsContents)
  | {
      readonly kind: 'container'
      /** Id of the container, where rulesets are loaded by its own nft. */
      readonly loadedBy?: string
    }
  | {
      readonly kind: 'nic'
      /** Interface that each zone is behind. */
      readonly interfaces: Readonly<Record<string, string>>
    }
)

/** What an existing netns has already: a lab neither adds nor removes it. */
export interface NetnsContents {
  /** Names of all its links. */
  readonly links: readonly string[]
  /** Links that have a clsact queueing discipline of their own. */
  readonly clsact: readonly string[]
  /** Link that each prefix is routed by. */
  readonly routes: Readonly<Record<string, string>>
  /** File that the wire's flows are written to before they are made, as `PID/fd/N`. */
  readonly journal: string
  /** Whether rules in there may put flows into connection-tracking zones. */
  readonly isZoned: boolean
}

/** Whose packets, from which link to which. Addresses are text of the lab's family. */
export interface PathSpec {
  /** A zone, or FIREWALL. */
  readonly from: string
  readonly to: string
  /** The zone's own address, or a spoofed one. */
  readonly source: string
  readonly target: string
  readonly protocol: Protocol
  /**
   * The sweep's place in its scenario, whatever else the lab does of that: probes
   * leave from the same source ports wherever the scenario is divided.
   */
  readonly sweepIndex?: number
}

export interface SweepSpec extends PathSpec, PacketFields {
  /**
   * Each probe belongs to a flow that was opened before it, and only its arrival
   * counts: TCP needs flags that are no SYN; ICMP errors are about that flow.
   */
  readonly inFlow?: boolean
  /** Probed in the order of these ranges, which have no number in common. */
  readonly numbers: readonly Range[]
  readonly answer: 'reply' | 'icmp-error'
  /**
   * TCP and UDP only: source and destination port of each probe. `numbers` are
   * then places in this list.
   */
  readonly pairs?: PortPairs
}

/** One probe at each place: packed, because there are thousands and they cross between processes. */
export interface PortPairs {
  readonly sources: Uint16Array
  readonly destinations: Uint16Array
}

export interface SweepReport {
  readonly observed: RangeMap<Observation>
  /** Probes sent in all attempts. */
  readonly probes: number
  /** Kernel counters that moved, over all attempts. */
  readonly losses: Losses
  readonly sweepMs: number
}

export interface HandshakeSpec extends PathSpec {
  readonly protocol: 'tcp' | 'udp'
  readonly numbers: readonly Range[]
}

/** For each port `completed`, or the first step that failed: `no SYN at the target` … */
export interface HandshakeReport {
  readonly observed: RangeMap<string>
  readonly losses: Losses
}

/** Flows that are to stand, under a name by which they are asked for. */
export interface FlowsSpec extends HandshakeSpec {
  readonly name: string
}

export interface TraceSpec extends PathSpec, PacketFields {
  readonly inFlow?: boolean
  readonly numbers: readonly number[]
}

/** The kernel's walk for one probe. */
export interface TraceReport {
  readonly number: number
  readonly probe: string
  readonly steps: readonly TraceStep[]
}

/** Conditions that are asked of every packet of a hook, before its rules. */
export interface NftWitness {
  readonly id: number
  /** Of the table, whose sets the conditions may name. */
  readonly family: string
  readonly table: string
  readonly hook: string
  readonly priority: number
  /** Matches, as nft's JSON has them. */
  readonly conditions: readonly Readonly<Record<string, unknown>>[]
}

/** The same of iptables, at the head of a built-in chain. */
export interface SavedWitness {
  readonly id: number
  readonly family: Family
  readonly table: string
  readonly chain: string
  readonly isLegacy: boolean
  /** Conditions, as iptables-save writes them. */
  readonly text: string
}

export interface ExerciseSpec {
  readonly witnesses: readonly (NftWitness | SavedWitness)[]
  /** Sweeps of one number each; `times`: how often. */
  readonly probes: readonly { readonly sweep: SweepSpec; readonly times?: number }[]
}

/** A packet, or an answer to it. */
export interface ExercisedPacket {
  /** Witnesses that it satisfied, by id. */
  readonly witnesses: readonly number[]
  /** Rules that it met, and policies and ends of chains. */
  readonly steps: readonly TraceStep[]
}

export interface ExerciseReport {
  /** Witnesses that could not be loaded. */
  readonly unplaced: readonly number[]
  /** The packets of each probe. */
  readonly probes: readonly (readonly ExercisedPacket[])[]
}

/** The frames of a sweep whose outcome is known: all numbers once, the silent ones a second time. */
export interface FloorSpec extends PathSpec {
  readonly numbers: readonly Range[]
  readonly silent: readonly Range[]
}

export interface FloorReport {
  readonly probes: number
  readonly floorMs: number
}

/** Everything that a lab can be asked; each answers when it is done. */
export interface LabCalls {
  /** Loads nftables text, in one transaction, beside what is there. */
  load(ruleset: string): void
  /** Loads a firewall of any kind, in place of all that is there. */
  install(firewall: Firewall): void
  /** What the kernel has of it; `withState`: what it may have set beside its rules, too. */
  inspect(withState?: boolean): RawInspection
  sweep(spec: SweepSpec): SweepReport
  handshake(spec: HandshakeSpec): HandshakeReport
  /** Opens flows, up to data in both directions, and leaves them open. */
  openFlows(spec: FlowsSpec): HandshakeReport
  /**
   * Sends data both ways on each flow of that name that was opened: `both ways`,
   * `only towards the target`, `only back` or `neither way`. Flows that were not
   * opened are left out.
   */
  checkFlows(name: string): HandshakeReport
  trace(spec: TraceSpec): readonly TraceReport[]
  /** Single probes, with what the kernel's trace tells of all their packets. */
  exercise(spec: ExerciseSpec): ExerciseReport
  /** Only for the benchmark. */
  floor(spec: FloorSpec): FloorReport
}

/** Faults of the harness itself, for the tests that prove that it notices them. */
export interface FaultInjection {
  /** The target answers nothing and records nothing. */
  readonly deadResponder?: true
  /** The probe of this number is not sent although it is counted as sent, in the named attempts. */
  readonly loseProbe?: { readonly number: number; readonly attempts: readonly number[] }
  /** Receive buffers of this many bytes on every link, and of the witness. */
  readonly receiveBuffer?: number
  /** Fills the tracking table before each sweep; `kept` also leaves it full. */
  readonly fillTracking?: 'before the sweep' | 'kept'
}

/** As it crosses from a lab to the command: one text is much less to pass on than a million elements. */
export interface RawInspection extends Omit<Inspection, 'nft'> {
  readonly json: string
}
