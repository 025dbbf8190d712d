/**
 * One lab: a firewall's namespace, its links, and the wire at their other ends.
 * Lives in the sandbox; everything here is synchronous.
 */
import { randomInt } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import type { Firewall, Inspection } from '../../src/firewall/firewall.ts'
import type { Executed, Execution } from '../contract/execution.ts'
import type {
  ExerciseReport,
  ExerciseSpec,
  FloorReport,
  FloorSpec,
  HandshakeReport,
  HandshakeSpec,
  LabCalls,
  LabSpec,
  Lent,
  PathSpec,
  RawInspection,
  Sabotage,
  StandingSpec,
  SweepReport,
  SweepSpec,
  TraceReport,
  TraceSpec,
} from '../contract/lab.ts'
import { inspectFirewall } from '../firewall/inspect.ts'
import { installFirewall } from '../firewall/install.ts'
import { type Loader, loadRuleset, removeOwnTables } from '../firewall/nft.ts'
import { hasScript, inspectState } from '../firewall/state.ts'
import { Tracking } from '../kernel/conntrack.ts'
import { Netns } from '../kernel/netns.ts'
import { setReceiveBuffer } from '../kernel/syscalls.ts'
import { EnvironmentFailure } from '../system/errors.ts'
import { StandingFlows } from '../wire/established.ts'
import { floor } from '../wire/floor.ts'
import { handshake } from '../wire/handshake.ts'
import { SweepIds } from '../wire/identity.ts'
import { SLOT } from '../wire/link.ts'
import { type Bench, Lazy, sweep } from '../wire/sweep.ts'
import { Wire } from '../wire/wire.ts'
import { planWiring, type Wiring } from '../wire/wiring.ts'
import { Witness } from '../wire/witness.ts'
import { unplug } from './attach.ts'
import { exercise } from './exercise.ts'
import { ip } from './ip-commands.ts'
import { type Cards, FromOutside, onCards, openCards } from './nic.ts'
import { Leads } from './redirect.ts'
import { setTrackingSysctls } from './sysctls.ts'
import { buildNetwork } from './topology.ts'
import { trace } from './trace.ts'

/** So many labs' ports may be remembered by a firewall that is another machine. */
const EARLIER_LABS = 4096
/** Links whose sockets are worth waiting for. */
const CLOSED_AT_ONCE = 16

/** Where a lab is among others. */
export interface LabPosition {
  /** Tells the labs of one sandbox apart. */
  readonly number: number
  /** The host's /proc, where it may be needed. */
  readonly outside?: string | undefined
  /** Has a program run in a container, by its id. */
  readonly ask?: (container: string, execution: Execution) => Executed
}

export class Lab implements LabCalls {
  readonly #name: string
  readonly #bench: Bench
  /** What the script that was installed left beside its rules. */
  #left: Inspection['state']
  readonly #standing = new Map<string, StandingFlows>()
  readonly #unplug: (() => void) | undefined
  readonly #journal: number | undefined
  readonly #leads: Leads | FromOutside | undefined
  /** How rulesets are loaded: by the machine's nft, or by that of a container. */
  readonly #loader: Loader = {}
  /** False where something was not loaded to its end: nothing may be concluded from what is there. */
  #isWhole = true

  constructor({ number, outside, ask }: LabPosition, spec: LabSpec, sabotage: Sabotage = {}) {
    this.#name = `firewall-${number}`
    const { place, zones } = spec
    const home = place?.kind === 'cards' ? new Netns(`${outside}/${place.net}`) : undefined
    const planned = planWiring(number, zones)
    const wirings = home ? onCards(planned, place as Cards, home) : planned
    const firewall = buildNetwork(this.#name, wirings, spec, outside)
    if (place?.kind === 'lent') {
      this.#unplug = () => this.#leave(wirings, place)
      this.#leads = new Leads(firewall, wirings)
    } else if (place?.kind === 'cards') this.#leads = new FromOutside()
    else if (place?.loadedBy !== undefined) {
      const { loadedBy } = place
      this.#loader = { inside: (execution) => ask!(loadedBy, execution) }
    }
    this.#journal =
      place?.kind === 'lent' ? openSync(`${outside}/${place.journal}`, 'a') : undefined
    const tracking = new Tracking(
      firewall,
      place?.kind === 'lent' ? { journal: this.#journal!, isZoned: place.isZoned } : undefined,
    )
    this.#bench = {
      firewall,
      ids: new SweepIds(home ? randomInt(EARLIER_LABS) : 0),
      ...(home ? { cards: home } : {}),
      ...(place?.kind === 'lent' ? { counted: new Set(wirings.map(({ link }) => link)) } : {}),
      probed: new Set(),
      paired: new Set(),
      sabotage,
      tracking,
      wire: home
        ? openCards(spec.family, wirings, home, spec.longestFrame)
        : new Wire(spec.family, wirings, spec.longestFrame),
      witness: new Lazy(() => {
        const witness = new Witness(firewall, spec.family, spec.longestFrame ?? SLOT)
        if (sabotage.receiveBuffer !== undefined) witness.setReceiveBuffer(sabotage.receiveBuffer)
        return witness
      }),
      watchesFirewall: spec.watchesFirewall ?? false,
      firewallLinks: new Map(zones.map(({ name, link }) => [name, link])),
    }
    if (!home) for (const link of this.#bench.wire.links) link.log = tracking.sent
    if (sabotage.receiveBuffer !== undefined)
      for (const { fd } of this.#bench.wire.links) setReceiveBuffer(fd, sabotage.receiveBuffer)
  }

  load(ruleset: string): void {
    this.#mustBeHere()
    this.#isWhole = false
    this.#bench.firewall.run(() => {
      loadRuleset(ruleset, this.#loader)
      // Its sysctls exist once a rule has needed connection tracking.
      this.#track()
    })
    this.#isWhole = true
    this.#bench.witness.made?.suspect()
  }

  install(firewall: Firewall): void {
    this.#mustBeHere()
    const witness = this.#bench.witness.made
    witness?.suspect()
    this.#isWhole = false
    this.#bench.firewall.run(() => {
      if (firewall.parts.length > 0) installFirewall(firewall, witness?.text, this.#loader)
      else if (witness) loadRuleset(witness.text)
      // Before the lab sets what it depends on itself.
      this.#left = hasScript(firewall) ? inspectState() : undefined
      this.#track()
    })
    this.#isWhole = true
    witness?.loaded()
    this.#bench.tracking.flush()
  }

  inspect(withState = false): RawInspection {
    this.#mustBeWhole()
    const { firewall } = this.#bench
    const inspection = firewall.run(inspectFirewall)
    if (!withState) return inspection
    return { ...inspection, state: this.#left ?? firewall.run(inspectState) }
  }

  sweep(spec: SweepSpec): SweepReport {
    this.#prepare(spec)
    return sweep(this.#bench, spec)
  }

  handshake(spec: HandshakeSpec): HandshakeReport {
    this.#prepare(spec)
    return handshake(this.#bench, spec)
  }

  establish(spec: StandingSpec): HandshakeReport {
    this.#prepare(spec)
    const flows = new StandingFlows(this.#bench, spec)
    this.#standing.set(spec.name, flows)
    return flows.opened
  }

  carry(name: string): HandshakeReport {
    this.#mustBeWhole()
    const flows = this.#standing.get(name)
    if (!flows) throw new Error(`no flows stand under the name ${JSON.stringify(name)}`)
    return flows.carry()
  }

  trace(spec: TraceSpec): readonly TraceReport[] {
    // No kernel of another machine tells us its way.
    if (this.#bench.cards) return []
    this.#prepare(spec)
    return trace(this.#bench, spec)
  }

  exercise(spec: ExerciseSpec): ExerciseReport {
    this.#mustBeHere()
    for (const { sweep: one } of spec.probes) this.#leads?.ensure(one)
    // Into somebody's tables nothing is put that a killed run could leave there.
    return exercise(this.#bench, this.#unplug ? { ...spec, witnesses: [] } : spec)
  }

  floor(spec: FloorSpec): FloorReport {
    return floor(this.#bench, spec)
  }

  #prepare(spec: PathSpec): void {
    this.#mustBeWhole()
    this.#leads?.ensure(spec)
  }

  #mustBeWhole(): void {
    if (!this.#isWhole)
      throw new EnvironmentFailure('the firewall was not loaded to its end, so it is not measured')
  }

  #mustBeHere(): void {
    if (this.#bench.cards)
      throw new EnvironmentFailure(
        '--wire: nothing can be loaded into a firewall that is another machine',
      )
  }

  /** Somebody's timeouts stay as they are. */
  #track(): void {
    if (!this.#unplug) setTrackingSysctls()
  }

  #leave(wirings: readonly Wiring[], lent: Lent): void {
    const { firewall, tracking } = this.#bench
    firewall.run(removeOwnTables)
    unplug(firewall, wirings, lent)
    tracking.forgetAll()
  }

  close(): void {
    this.#unplug?.()
    // The kernel takes 20 ms for each packet socket (packet_release waits for RCU):
    // those of a large lab are left to the sandbox's end.
    if (this.#bench.wire.links.length <= CLOSED_AT_ONCE) this.#bench.wire.close()
    this.#bench.tracking.close()
    if (this.#journal !== undefined) closeSync(this.#journal)
    this.#bench.witness.made?.close()
    this.#bench.firewall.close()
    this.#bench.cards?.close()
    ip([['netns', 'del', this.#name]])
  }
}
