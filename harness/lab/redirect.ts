/**
 * Routes in an existing namespace for single sweeps: a probed source or destination address is
 * routed to the wire's host behind its link in the lab. Each route is for one address only, so
 * other traffic keeps its way. Its protocol number identifies it.
 */
import { contains, networkOf, prefixIn } from '../../src/net/prefix.ts'
import type { Command } from '../../src/quote/batch.ts'
import type { PathSpec } from '../contract/lab.ts'
import { ownOf } from '../kernel/addresses.ts'
import type { Netns } from '../kernel/netns.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { kernelJson } from '../system/kernel-json.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import type { Wiring } from '../wire/wiring.ts'
import { ip } from './ip-commands.ts'
import { routesOf } from './link-commands.ts'

/** Unused in /etc/iproute2/rt_protos. */
export const ROUTE_PROTOCOL = 213

/** The used fields of a route in `ip -j` output. */
interface Route {
  readonly dev?: string
  readonly type?: string
}

export class Redirect {
  readonly #firewall: Netns
  readonly #wirings: readonly Wiring[]
  /** Addresses that need no route, or already have one. */
  readonly #led = new Set<string>()
  readonly #checked = new Set<string>()

  constructor(firewall: Netns, wirings: readonly Wiring[]) {
    this.#firewall = firewall
    this.#wirings = wirings
    for (const zone of wirings.flatMap(({ zones }) => zones))
      for (const { address } of ownOf(zone)) this.#led.add(address)
  }

  /**
   * Throws EnvironmentError if the namespace still routes packets past the wire: they would look
   * dropped.
   */
  ensure({ from, source, target }: PathSpec): void {
    const key = `${from} ${source} ${target}`
    if (this.#checked.has(key)) return
    this.#checked.add(key)
    for (const address of [source, target]) this.#lead(address)
    this.#check(from, source, target)
  }

  #lead(address: string): void {
    if (this.#led.has(address)) return
    this.#led.add(address)
    const way = this.#wayTo(address)
    if (way === undefined || this.#isLocal(address)) return
    const route = ['route', 'replace', address, ...way, 'proto', `${ROUTE_PROTOCOL}`]
    this.#firewall.run(() => ip([route]))
  }

  #isLocal(address: string): boolean {
    return this.#routeTo(address)?.type === 'local'
  }

  /** By the longest prefix that contains it, as the lab would route it. */
  #wayTo(address: string): Command | undefined {
    const one = prefixIn(address)
    return this.#wirings
      .flatMap((wiring) => [...routesOf(wiring)])
      .map(([text, way]) => ({ prefix: prefixIn(text), way }))
      .filter(({ prefix }) => prefix && one && contains(networkOf(prefix), one))
      .sort((a, b) => b.prefix!.prefixLength - a.prefix!.prefixLength)[0]?.way
  }

  #check(from: string, source: string, target: string): void {
    const link = this.#wirings.find(({ zones }) => zones.some(({ name }) => name === from))?.link
    const way = link === undefined ? [] : ['from', source, 'iif', link]
    const route = this.#routeTo(target, way)
    // The namespace really drops a packet without a route.
    if (!route?.dev || route.dev === 'lo' || route.type === 'local') return
    if (this.#wirings.some((wiring) => wiring.link === route.dev)) return
    throw new EnvironmentError(
      `packets to ${target} leave by interface ${route.dev}, which is not in the lab, so they cannot be observed: add a zone for ${route.dev} to the lab file`,
    )
  }

  #routeTo(address: string, way: readonly string[] = []) {
    const { status, stdout } = this.#firewall.run(() =>
      runProgramSync(findProgram('ip'), ['-j', 'route', 'get', address, ...way]),
    )
    return status === 0 ? (kernelJson(stdout) as Route[])[0] : undefined
  }
}
