/**
 * The kernel's counters as files of /proc. They are read several times in every sweep, so they stay
 * open: the path and the namespace are needed only once.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import type { Netns } from '../kernel/netns.ts'
import { EnvironmentError } from '../system/errors.ts'

const NET = '/proc/thread-self/net'
const STATISTICS = `${NET}/stat/nf_conntrack`
const IN_USE = '/proc/sys/net/netfilter/nf_conntrack_count'
const BLIND = `this kernel tracks connections but does not count dropped packets: ${STATISTICS} is missing (CONFIG_NF_CONNTRACK_PROCFS)`

export class CounterFiles {
  readonly #firewall: Netns
  /** The interfaces of the wire, and of the firewall. */
  readonly wire: CounterFile
  readonly devices: CounterFile
  readonly icmp: CounterFile
  readonly icmp6: CounterFile
  readonly #tracking: CounterFile

  /** `nicNetns`: the namespace of the wire's interfaces, if it is not that of this thread. */
  constructor(firewall: Netns, nicNetns?: Netns) {
    this.#firewall = firewall
    this.wire = new CounterFile(`${NET}/dev`, nicNetns)
    this.devices = new CounterFile(`${NET}/dev`, firewall)
    this.icmp = new CounterFile(`${NET}/snmp`, firewall)
    this.icmp6 = new CounterFile(`${NET}/snmp6`, firewall)
    this.#tracking = new CounterFile(STATISTICS, firewall)
  }

  /** The file is there once connection tracking is used. Throws if it is used without the file. */
  tracking(): string {
    const text = this.#tracking.text()
    if (text === '' && this.#firewall.run(() => existsSync(IN_USE) && !existsSync(STATISTICS)))
      throw new EnvironmentError(BLIND)
    return text
  }

  close(): void {
    for (const one of [this.wire, this.devices, this.icmp, this.icmp6, this.#tracking]) one.close()
  }
}

export class CounterFile {
  readonly #path: string
  readonly #netns: Netns | undefined
  #fd: number | undefined
  #buffer = Buffer.allocUnsafe(8192)

  constructor(path: string, netns?: Netns) {
    this.#path = path
    this.#netns = netns
  }

  /** Empty for a file that this kernel does not have (yet). */
  text(): string {
    this.#fd ??= this.#netns ? this.#netns.run(() => opened(this.#path)) : opened(this.#path)
    if (this.#fd === undefined) return ''
    let length = 0
    for (;;) {
      const read = readSync(this.#fd, this.#buffer, length, this.#buffer.length - length, length)
      if (read === 0) return this.#buffer.toString('latin1', 0, length)
      length += read
      if (length === this.#buffer.length)
        this.#buffer = Buffer.concat([this.#buffer], 2 * this.#buffer.length)
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch {
    return undefined
  }
}
