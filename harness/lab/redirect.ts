/**
 * Routes of somebody's namespace, as far as single sweeps need them: an address
 * that is probed, or probed from, is routed to the wire's host behind the link
 * where the lab has it. Such a route is for that address alone, so nobody
 * else's traffic goes another way. Its protocol number tells it from others.
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

/** Nobody's in /etc/iproute2/rt_protos. */
export const ROUTE_PROTOCOL = 213

/** What is read of a route that `ip -j` prints. */
interface Route {
  readonly dev?: string
  readonly type?: string
}

export class Redirect {
  readonly #firewall: Netns
  readonly #wirings: readonly Wiring[]
  /** Addresses that need no route, or have theirs. */
  readonly #led = new Set<string>()
  readonly #checked = new Set<string>()

  constructor(firewall: Netns, wirings: readonly Wiring[]) {
    this.#firewall = firewall
    this.#wirings = wirings
    for (const zone of wirings.flatMap(({ zones }) => zones))
      for (const { address } of ownOf(zone)) this.#led.add(address)
  }

  /** Throws EnvironmentError where the namespace leads what is sent past the wire all the same: it would look dropped. */
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

  /** By the longest prefix that it is in, as the lab would route it. */
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
    // What the namespace refuses to route is dropped by it indeed.
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
