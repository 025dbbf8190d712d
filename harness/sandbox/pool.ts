/**
 * Sandboxes for the labs of a long run. A sandbox keeps some resources of its labs until it ends,
 * above all the sockets of large ones. So after some labs, the next ones get a new sandbox, and the
 * old one ends with its last lab: a thousand labs need about ten sandboxes.
 */
import type { Firewall } from '../../src/firewall/firewall.ts'
import type { FaultInjection, LabSpec } from '../contract/lab.ts'
import { EnvironmentError } from '../system/errors.ts'
import { type Lab, Sandbox, type SandboxOptions } from './sandbox.ts'

/**
 * The total number of links in one sandbox. Each socket that stays open takes a file descriptor, of
 * which there may be only 4,096 (RLIMIT_NOFILE), and the largest lab has 600 links.
 */
const MOST_LINKS = 1024

interface PooledSandbox {
  readonly sandbox: Sandbox
  links: number
  open: number
}

export class Labs {
  readonly #options: SandboxOptions
  readonly #places = new Set<PooledSandbox>()
  readonly #mostLinks: number
  #current: PooledSandbox
  #closed = false

  /** `first`: a sandbox that was already started. */
  constructor(options: SandboxOptions, first?: Sandbox, mostLinks = MOST_LINKS) {
    this.#options = options
    this.#mostLinks = mostLinks
    this.#current = this.#place(first ?? new Sandbox(options))
  }

  ready(): Promise<void> {
    return this.#current.sandbox.ready()
  }

  /** Throws EnvironmentError after `close`. */
  mustBeOpen(): void {
    if (this.#closed) throw new EnvironmentError('the sandbox was closed')
  }

  /** The number of sandboxes now. */
  get sandboxes(): number {
    return this.#places.size
  }

  check(firewall: Firewall, links: readonly string[]): Promise<readonly string[]> {
    return this.#current.sandbox.check(firewall, links)
  }

  async openLab(spec: LabSpec, faults: FaultInjection = {}): Promise<Lab> {
    const place = this.#placeFor(new Set(spec.zones.map(({ link }) => link)).size)
    const left = async (): Promise<void> => {
      place.open--
      await this.#retire(place)
    }
    try {
      const lab = await place.sandbox.openLab(spec, faults)
      return { ...lab, close: () => lab.close().finally(left) }
    } catch (error) {
      await left()
      throw error
    }
  }

  /** Ends all sandboxes, and resolves when they are gone. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#places].map(({ sandbox }) => sandbox.close()))
  }

  #placeFor(links: number): PooledSandbox {
    this.mustBeOpen()
    const last = this.#current
    if (this.#isReplaced(last)) this.#replace(last)
    else if (last.links > 0 && last.links + links > this.#mostLinks) {
      this.#current = this.#place(new Sandbox(this.#options))
      void this.#retire(last)
    }
    this.#current.links += links
    this.#current.open++
    return this.#current
  }

  /**
   * A killed sandbox takes its own labs with it and nothing else. Only the first sandbox can reach
   * namespaces outside.
   */
  #isReplaced({ sandbox }: PooledSandbox): boolean {
    return sandbox.hasEnded && Number.isFinite(this.#mostLinks)
  }

  #replace(dead: PooledSandbox): void {
    this.#places.delete(dead)
    void dead.sandbox.close()
    this.#current = this.#place(new Sandbox(this.#options))
  }

  #place(sandbox: Sandbox): PooledSandbox {
    const place = { sandbox, links: 0, open: 0 }
    this.#places.add(place)
    return place
  }

  /** Ends a sandbox that gets no more labs and has none left. */
  async #retire(place: PooledSandbox): Promise<void> {
    if (place === this.#current || place.open > 0 || this.#closed) return
    this.#places.delete(place)
    await place.sandbox.close()
  }
}
