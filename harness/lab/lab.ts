/**
 * One lab: a firewall's namespace, its links, and the wire at their other ends. It lives in the
 * sandbox, and all of its code is synchronous.
 */
import { randomInt } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import type { Firewall, Inspection } from '../../src/firewall/firewall.ts'
import type { Executed, Execution } from '../contract/execution.ts'
import type {
  ExerciseReport,
  ExerciseSpec,
  FaultInjection,
  FloorReport,
  FloorSpec,
  FlowsSpec,
  HandshakeReport,
  HandshakeSpec,
  LabCalls,
  LabSpec,
  NetnsContents,
  PathSpec,
  RawInspection,
  SweepReport,
  SweepSpec,
  TraceReport,
  TraceSpec,
} from '../contract/lab.ts'
import { inspectFirewall } from '../firewall/inspect.ts'
import { installFirewall } from '../firewall/install.ts'
import { inspectLeft, leavesState } from '../firewall/loaders.ts'
import { type Loader, loadRuleset, removeOwnTables } from '../firewall/nft.ts'
import { Tracking } from '../kernel/conntrack.ts'
import { Netns } from '../kernel/netns.ts'
import { setReceiveBuffer } from '../kernel/syscalls.ts'
import { EnvironmentError } from '../system/errors.ts'
import { Lazy, type WireContext } from '../wire/context.ts'
import { CounterFiles } from '../wire/counter-files.ts'
import { EstablishedFlows } from '../wire/established.ts'
import { floor } from '../wire/floor.ts'
import { handshake } from '../wire/handshake.ts'
import { SweepIds } from '../wire/identity.ts'
import { SLOT } from '../wire/link.ts'
import { sweep } from '../wire/sweep.ts'
import { Wire } from '../wire/wire.ts'
import { planWiring, type Wiring } from '../wire/wiring.ts'
import { Witness } from '../wire/witness.ts'
import { detach } from './attach.ts'
import { exercise } from './exercise.ts'
import { ip } from './ip-commands.ts'
import { type NicNetns, NoRedirect, openNicWire, wiringsOnNics } from './nic.ts'
import { Redirect } from './redirect.ts'
import { setTrackingSysctls } from './sysctls.ts'
import { buildNetwork } from './topology.ts'
import { trace } from './trace.ts'

/** A firewall on another machine may remember the ports of this many labs. */
const EARLIER_LABS = 4096
/** Links for whose sockets it is worth waiting. */
const CLOSED_AT_ONCE = 16

/** The lab's position among others. */
export interface LabPosition {
  /** Distinguishes the labs of one sandbox. */
  readonly number: number
  /** The host's /proc, if it may be needed. */
  readonly hostProc?: string | undefined
  /** Runs a program in a container, by the container's id. */
  readonly ask?: (container: string, execution: Execution) => Executed
}

export class Lab implements LabCalls {
  readonly #name: string
  readonly #context: WireContext
  /** The state besides rules that the installed script left. */
  #left: Inspection['state']
  readonly #flows = new Map<string, EstablishedFlows>()
  readonly #detach: (() => void) | undefined
  readonly #journal: number | undefined
  readonly #redirect: Redirect | NoRedirect | undefined
  /** The nft that loads rulesets: nft of this machine, or of a container. */
  readonly #loader: Loader = {}
  /** False if something was not loaded completely: its rules must not be measured. */
  #isWhole = true

  constructor({ number, hostProc, ask }: LabPosition, spec: LabSpec, faults: FaultInjection = {}) {
    this.#name = `firewall-${number}`
    const { netns, zones } = spec
    const home = netns?.kind === 'nic' ? new Netns(`${hostProc}/${netns.net}`) : undefined
    const planned = planWiring(number, zones)
    const wirings = home ? wiringsOnNics(planned, netns as NicNetns, home) : planned
    const firewall = buildNetwork(this.#name, wirings, spec, hostProc)
    if (netns?.kind === 'existing') {
      this.#detach = () => this.#leave(wirings, netns)
      this.#redirect = new Redirect(firewall, wirings)
    } else if (netns?.kind === 'nic') this.#redirect = new NoRedirect()
    else if (netns?.loadedBy !== undefined) {
      const { loadedBy } = netns
      this.#loader = { inside: (execution) => ask!(loadedBy, execution) }
    }
    this.#journal =
      netns?.kind === 'existing' ? openSync(`${hostProc}/${netns.journal}`, 'a') : undefined
    const tracking = new Tracking(
      firewall,
      netns?.kind === 'existing' ? { journal: this.#journal!, isZoned: netns.isZoned } : undefined,
    )
    this.#context = {
      firewall,
      ids: new SweepIds(home ? randomInt(EARLIER_LABS) : 0),
      ...(home ? { nicNetns: home } : {}),
      ...(netns?.kind === 'existing' ? { counted: new Set(wirings.map(({ link }) => link)) } : {}),
      probed: new Set(),
      paired: new Set(),
      faults,
      tracking,
      counters: new CounterFiles(firewall, home),
      wire: home
        ? openNicWire(spec.family, wirings, home, spec.longestFrame)
        : new Wire(spec.family, wirings, spec.longestFrame),
      witness: new Lazy(() => {
        const witness = new Witness(firewall, spec.family, spec.longestFrame ?? SLOT)
        if (faults.receiveBuffer !== undefined) witness.setReceiveBuffer(faults.receiveBuffer)
        return witness
      }),
      watchesFirewall: spec.watchesFirewall ?? false,
      firewallLinks: new Map(zones.map(({ name, link }) => [name, link])),
    }
    if (!home) for (const link of this.#context.wire.links) link.log = tracking.sent
    if (faults.receiveBuffer !== undefined)
      for (const { fd } of this.#context.wire.links) setReceiveBuffer(fd, faults.receiveBuffer)
  }

  load(ruleset: string): void {
    this.#mustBeHere()
    this.#isWhole = false
    this.#context.firewall.run(() => {
      loadRuleset(ruleset, this.#loader)
      // Its sysctls exist once a rule has needed connection tracking.
      this.#track()
    })
    this.#isWhole = true
    this.#context.witness.made?.suspect()
  }

  install(firewall: Firewall): void {
    // There is nothing to load, and nothing that could be made to forget.
    if (this.#context.nicNetns && firewall.parts.length === 0) return
    this.#mustBeHere()
    const witness = this.#context.witness.made
    witness?.suspect()
    this.#isWhole = false
    this.#context.firewall.run(() => {
      if (firewall.parts.length > 0) installFirewall(firewall, witness?.text, this.#loader)
      else if (witness) loadRuleset(witness.text)
      // Read before the lab sets its own values.
      this.#left = leavesState(firewall) ? inspectLeft() : undefined
      this.#track()
    })
    this.#isWhole = true
    witness?.loaded()
    this.#context.tracking.flush()
  }

  inspect(withState = false): RawInspection {
    this.#mustBeWhole()
    const { firewall } = this.#context
    const inspection = firewall.run(inspectFirewall)
    if (!withState) return inspection
    return { ...inspection, state: this.#left ?? firewall.run(inspectLeft) }
  }

  sweep(spec: SweepSpec): SweepReport {
    this.#prepare(spec)
    return sweep(this.#context, spec)
  }

  handshake(spec: HandshakeSpec): HandshakeReport {
    this.#prepare(spec)
    return handshake(this.#context, spec)
  }

  openFlows(spec: FlowsSpec): HandshakeReport {
    this.#prepare(spec)
    const flows = new EstablishedFlows(this.#context, spec)
    this.#flows.set(spec.name, flows)
    return flows.opened
  }

  checkFlows(name: string): HandshakeReport {
    this.#mustBeWhole()
    const flows = this.#flows.get(name)
    if (!flows) throw new Error(`no established flows with the name ${JSON.stringify(name)}`)
    return flows.check()
  }

  trace(spec: TraceSpec): readonly TraceReport[] {
    // The kernel of another machine sends no trace.
    if (this.#context.nicNetns) return []
    this.#prepare(spec)
    return trace(this.#context, spec)
  }

  exercise(spec: ExerciseSpec): ExerciseReport {
    this.#mustBeHere()
    for (const { sweep: one } of spec.probes) this.#redirect?.ensure(one)
    // Nothing is added to the tables of an existing namespace that a killed run could leave there.
    return exercise(this.#context, this.#detach ? { ...spec, witnesses: [] } : spec)
  }

  floor(spec: FloorSpec): FloorReport {
    return floor(this.#context, spec)
  }

  #prepare(spec: PathSpec): void {
    this.#mustBeWhole()
    this.#redirect?.ensure(spec)
  }

  #mustBeWhole(): void {
    if (!this.#isWhole)
      throw new EnvironmentError('the firewall was not loaded completely, so it was not measured')
  }

  #mustBeHere(): void {
    if (this.#context.nicNetns)
      throw new EnvironmentError(
        'nic: nothing can be loaded into a firewall that is another machine',
      )
  }

  /** The timeouts of an existing namespace stay as they are. */
  #track(): void {
    if (!this.#detach) setTrackingSysctls()
  }

  #leave(wirings: readonly Wiring[], existing: NetnsContents): void {
    const { firewall, tracking } = this.#context
    firewall.run(removeOwnTables)
    detach(firewall, wirings, existing)
    tracking.forgetAll()
  }

  close(): void {
    this.#detach?.()
    // The kernel takes 20 ms to close each packet socket (packet_release waits for RCU). Those of a
    // large lab stay open until the sandbox ends.
    if (this.#context.wire.links.length <= CLOSED_AT_ONCE) this.#context.wire.close()
    this.#context.tracking.close()
    this.#context.counters.close()
    if (this.#journal !== undefined) closeSync(this.#journal)
    this.#context.witness.made?.close()
    this.#context.firewall.close()
    this.#context.nicNetns?.close()
    ip([['netns', 'del', this.#name]])
  }
}
