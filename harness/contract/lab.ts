/**
 * What the command requests from a lab and receives from it: plain data, because it crosses from
 * the sandbox's process to the command's.
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

/**
 * One firewall in its own namespace. It is probed over one family, so two families run in parallel.
 */
export interface LabSpec {
  readonly family: Family
  /** The default route leads to the zone with this flag, or to the zone of kind `internet`. */
  readonly zones: readonly LabZone[]
  /** Absent: true. */
  readonly forwarding?: boolean
  /** Settings besides those of every lab, set last; by name as in sysctl(8). */
  readonly sysctls?: Readonly<Record<string, string>>
  /** Bytes of the longest frame that is sent or received. Absent: 256. */
  readonly longestFrame?: number
  /** An existing namespace. Absent: a new one. */
  readonly netns?: LabNetns
  /** Also see packets to a zone that the firewall delivers locally: a redirection. */
  readonly watchesFirewall?: boolean
}

/**
 * An existing namespace. `existing`: restored after the run. `container`: a container's own, used
 * for nothing else. `nic`: the firewall is another machine, and the wire's links are interfaces.
 * Paths are below the host's /proc.
 */
export type LabNetns = {
  /** `PID/ns/net`. For `nic`: the namespace of the interfaces. */
  readonly net: string
} & (
  | ({ readonly kind: 'existing' } & NetnsContents)
  | {
      readonly kind: 'container'
      /** The id of the container whose own nft loads rulesets. */
      readonly loadedBy?: string
    }
  | {
      readonly kind: 'nic'
      /** The interface of each zone. */
      readonly interfaces: Readonly<Record<string, string>>
    }
)

/** Links and addresses that an existing netns already has. A lab neither adds nor removes them. */
export interface NetnsContents {
  /** The names of all its links. */
  readonly links: readonly string[]
  /** Links that already have a clsact queueing discipline. */
  readonly clsact: readonly string[]
  /** The link of each routed prefix. */
  readonly routes: Readonly<Record<string, string>>
  /** The file to which the wire's flows are written before they are created, as `PID/fd/N`. */
  readonly journal: string
  /** Whether its rules may put flows into connection-tracking zones. */
  readonly isZoned: boolean
}

/** The source and the target of packets. Addresses are text of the lab's family. */
export interface PathSpec {
  /** A zone, or FIREWALL. */
  readonly from: string
  readonly to: string
  /** The zone's own address, or a spoofed one. */
  readonly source: string
  readonly target: string
  readonly protocol: Protocol
  /**
   * The index of the sweep in its scenario. It determines the source ports, so these stay the same
   * in every shard.
   */
  readonly sweepIndex?: number
}

export interface SweepSpec extends PathSpec, PacketFields {
  /**
   * Each probe belongs to a flow that was opened before it, and only its arrival
   * counts: TCP needs flags that are no SYN; ICMP errors are about that flow.
   */
  readonly inFlow?: boolean
  /** Probed in the order of these ranges, which are disjoint. */
  readonly numbers: readonly Range[]
  readonly answer: 'reply' | 'icmp-error'
  /**
   * TCP and UDP only: source and destination port of each probe. `numbers` are then indexes of this
   * list.
   */
  readonly pairs?: PortPairs
}

/**
 * One probe for each index: packed, because there are thousands and they cross between processes.
 */
export interface PortPairs {
  readonly sources: Uint16Array
  readonly destinations: Uint16Array
}

export interface SweepReport {
  readonly observed: RangeMap<Observation>
  /** Probes sent in all attempts. */
  readonly probes: number
  /** Kernel counters that increased, over all attempts. */
  readonly losses: Losses
  readonly sweepMs: number
}

export interface HandshakeSpec extends PathSpec {
  readonly protocol: 'tcp' | 'udp'
  readonly numbers: readonly Range[]
}

/** `completed`, or the first missing step of each port: `no SYN at the target` … */
export interface HandshakeReport {
  readonly observed: RangeMap<string>
  readonly losses: Losses
}

/** Flows to establish, under a name for later checks. */
export interface FlowsSpec extends HandshakeSpec {
  readonly name: string
}

export interface TraceSpec extends PathSpec, PacketFields {
  readonly inFlow?: boolean
  readonly numbers: readonly number[]
}

/** The kernel's trace of one probe. */
export interface TraceReport {
  readonly number: number
  readonly probe: string
  readonly steps: readonly TraceStep[]
}

/** Conditions that are checked for every packet of a hook, before its rules. */
export interface NftWitness {
  readonly id: number
  /** The table whose sets the conditions may name. */
  readonly family: string
  readonly table: string
  readonly hook: string
  readonly priority: number
  /** Matches in the form of nft's JSON. */
  readonly conditions: readonly Readonly<Record<string, unknown>>[]
}

/** The same for iptables, at the head of a built-in chain. */
export interface SavedWitness {
  readonly id: number
  readonly family: Family
  readonly table: string
  readonly chain: string
  readonly isLegacy: boolean
  /** Conditions in the form of iptables-save. */
  readonly text: string
}

export interface ExerciseSpec {
  readonly witnesses: readonly (NftWitness | SavedWitness)[]
  /** Sweeps of one number each. `times`: how often. */
  readonly probes: readonly { readonly sweep: SweepSpec; readonly times?: number }[]
}

/** A probe, or an answer to it. */
export interface ExercisedPacket {
  /** The ids of the witnesses that it satisfied. */
  readonly witnesses: readonly number[]
  /** The rules that it matched, and the policies and chain ends that it reached. */
  readonly steps: readonly TraceStep[]
}

export interface ExerciseReport {
  /** Witnesses that could not be loaded. */
  readonly unplaced: readonly number[]
  /** The packets of each probe. */
  readonly probes: readonly (readonly ExercisedPacket[])[]
}

/** The frames of a sweep with known outcomes: all numbers once, the silent ones a second time. */
export interface FloorSpec extends PathSpec {
  readonly numbers: readonly Range[]
  readonly silent: readonly Range[]
}

export interface FloorReport {
  readonly probes: number
  readonly floorMs: number
}

/** All requests to a lab. Each resolves when it is done. */
export interface LabCalls {
  /** Loads nftables text in one transaction, in addition to the existing rules. */
  load(ruleset: string): void
  /** Loads a firewall of any kind instead of all existing rules. */
  install(firewall: Firewall): void
  /** The rules that the kernel has. `withState`: with the state besides rules, too. */
  inspect(withState?: boolean): RawInspection
  sweep(spec: SweepSpec): SweepReport
  handshake(spec: HandshakeSpec): HandshakeReport
  /** Opens flows up to data in both directions, and leaves them open. */
  openFlows(spec: FlowsSpec): HandshakeReport
  /**
   * Sends data in both directions on each open flow of that name. Returns `both ways`, `only
   * towards the target`, `only back` or `neither way` for each. Flows that did not open are left
   * out.
   */
  checkFlows(name: string): HandshakeReport
  trace(spec: TraceSpec): readonly TraceReport[]
  /** Single probes, with the kernel's trace of all their packets. */
  exercise(spec: ExerciseSpec): ExerciseReport
  /** For the benchmark only. */
  floor(spec: FloorSpec): FloorReport
}

/** Faults of the harness itself, for the tests which prove that it detects them. */
export interface FaultInjection {
  /** The target answers nothing and records nothing. */
  readonly deadResponder?: true
  /** The probe of this number counts as sent but is not sent, in the named attempts. */
  readonly loseProbe?: { readonly number: number; readonly attempts: readonly number[] }
  /** The size of the receive buffers of every link and of the witness, in bytes. */
  readonly receiveBuffer?: number
  /** Fills the tracking table before each sweep. `kept` also leaves it full. */
  readonly fillTracking?: 'before the sweep' | 'kept'
}

/**
 * The form in which it crosses from a lab to the command: one text is much less to copy than a
 * million elements.
 */
export interface RawInspection extends Omit<Inspection, 'nft'> {
  readonly json: string
}
