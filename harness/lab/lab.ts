/**
 * One lab: a firewall's namespace, its links, and the wire at their other ends.
 * Lives in the sandbox; everything here is synchronous.
 */
import type { Firewall, Inspection } from '../../src/firewall/firewall.ts'
import { inspectFirewall } from '../firewall/inspect.ts'
import { installFirewall } from '../firewall/install.ts'
import { loadRuleset } from '../firewall/nft.ts'
import { floor } from '../wire/floor.ts'
import { handshake } from '../wire/handshake.ts'
import { SweepIds } from '../wire/identity.ts'
import { SLOT } from '../wire/link.ts'
import { StandingFlows } from '../wire/standing.ts'
import { type Bench, Lazy, sweep } from '../wire/sweep.ts'
import { setReceiveBuffer } from '../wire/syscalls.ts'
import { Wire } from '../wire/wire.ts'
import { Witness } from '../wire/witness.ts'
import type {
  FloorReport,
  FloorSpec,
  HandshakeReport,
  HandshakeSpec,
  LabCalls,
  LabSpec,
  Sabotage,
  StandingSpec,
  SweepReport,
  SweepSpec,
  TraceReport,
  TraceSpec,
} from './contract.ts'
import { setTrackingSysctls } from './sysctls.ts'
import { buildNetwork, ip, planWiring } from './topology.ts'
import { trace } from './trace.ts'
import { Tracking } from './tracking.ts'

/** Links whose sockets are worth waiting for. */
const CLOSED_AT_ONCE = 16

export class Lab implements LabCalls {
  readonly #name: string
  readonly #bench: Bench
  readonly #standing = new Map<string, StandingFlows>()

  /** `number` tells the labs of one sandbox apart. */
  constructor(number: number, spec: LabSpec, sabotage: Sabotage = {}) {
    this.#name = `firewall-${number}`
    const wirings = planWiring(number, spec.zones)
    const firewall = buildNetwork(this.#name, wirings, spec)
    this.#bench = {
      firewall,
      ids: new SweepIds(),
      probed: new Set(),
      paired: new Set(),
      sabotage,
      tracking: new Tracking(firewall),
      wire: new Wire(spec.family, wirings, spec.longestFrame),
      witness: new Lazy(() => {
        const witness = new Witness(firewall, spec.family, spec.longestFrame ?? SLOT)
        if (sabotage.receiveBuffer !== undefined) witness.setReceiveBuffer(sabotage.receiveBuffer)
        return witness
      }),
      watchesFirewall: spec.watchesFirewall ?? false,
      firewallLinks: new Map(spec.zones.map(({ name, link }) => [name, link])),
    }
    if (sabotage.receiveBuffer !== undefined)
      for (const { fd } of this.#bench.wire.links) setReceiveBuffer(fd, sabotage.receiveBuffer)
  }

  load(ruleset: string): void {
    this.#bench.firewall.run(() => {
      loadRuleset(ruleset)
      // Its sysctls exist once a rule has needed connection tracking.
      setTrackingSysctls()
    })
    this.#bench.witness.made?.suspect()
  }

  install(firewall: Firewall): void {
    const witness = this.#bench.witness.made
    witness?.suspect()
    this.#bench.firewall.run(() => {
      installFirewall(firewall, witness?.text)
      setTrackingSysctls()
    })
    witness?.loaded()
    this.#bench.tracking.flush()
  }

  inspect(): Inspection {
    return this.#bench.firewall.run(inspectFirewall)
  }

  sweep(spec: SweepSpec): SweepReport {
    return sweep(this.#bench, spec)
  }

  handshake(spec: HandshakeSpec): HandshakeReport {
    return handshake(this.#bench, spec)
  }

  establish(spec: StandingSpec): HandshakeReport {
    const flows = new StandingFlows(this.#bench, spec)
    this.#standing.set(spec.name, flows)
    return flows.opened
  }

  carry(name: string): HandshakeReport {
    const flows = this.#standing.get(name)
    if (!flows) throw new Error(`no flows stand under the name ${JSON.stringify(name)}`)
    return flows.carry()
  }

  trace(spec: TraceSpec): readonly TraceReport[] {
    return trace(this.#bench, spec)
  }

  floor(spec: FloorSpec): FloorReport {
    return floor(this.#bench, spec)
  }

  close(): void {
    // The kernel takes 20 ms for each packet socket (packet_release waits for RCU):
    // those of a large lab are left to the sandbox's end.
    if (this.#bench.wire.links.length <= CLOSED_AT_ONCE) this.#bench.wire.close()
    this.#bench.tracking.close()
    this.#bench.witness.made?.close()
    this.#bench.firewall.close()
    ip([`netns del ${this.#name}`])
  }
}
