/**
 * The kernel's own counters of lost frames. A loss can look like a firewall's silence, so they are
 * read before and after every attempt.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { Losses } from '../../src/result/result.ts'
import type { Netns } from '../kernel/netns.ts'
import { EnvironmentError } from '../system/errors.ts'
import type { Link } from './link.ts'

type Counts = Map<string, number>

interface OurCounts {
  readonly intended: number
  readonly seen: number
}

export class LossCounters {
  readonly #links: readonly Link[]
  /** The wire's namespace also contains the links of other labs. */
  readonly #names: ReadonlySet<string>
  readonly #firewall: Netns
  readonly #theirs: ReadonlySet<string> | undefined
  readonly #nicNetns: Netns | undefined
  readonly #start: Counts
  #before: Counts
  readonly #ours: ReadonlyMap<Link, OurCounts>
  /** Frames known to be missing, by name, since the start. */
  readonly #missing = new Map<string, number>()

  /**
   * `theirs`: the firewall's links to check; absent: all. `nicNetns`: the namespace of the links, if
   * they are interfaces with other traffic.
   */
  constructor(
    links: readonly Link[],
    firewall: Netns,
    theirs?: ReadonlySet<string>,
    nicNetns?: Netns,
  ) {
    this.#theirs = theirs
    this.#nicNetns = nicNetns
    this.#links = links
    this.#names = new Set(links.map(({ name }) => name))
    this.#firewall = firewall
    this.#ours = new Map(links.map((link) => [link, { intended: link.intended, seen: link.seen }]))
    this.#start = this.#read()
    this.#before = this.#start
    for (const link of links) link.takeDrops()
  }

  /**
   * What increased since the last call, or since construction. `drain` receives all frames that
   * have arrived. It runs after the kernel's counters are read, so a frame on its way does not
   * count as lost.
   */
  take(drain: () => void): Losses {
    const now = this.#read()
    drain()
    const moved: Record<string, number> = {}
    for (const [name, count] of now) {
      if (name.endsWith(SENT) || name.endsWith(RECEIVED)) continue
      const delta = count - (this.#before.get(name) ?? 0)
      if (delta > 0) moved[name] = delta
    }
    for (const link of this.#links) Object.assign(moved, this.#lostAt(link, now))
    this.#before = now
    return moved
  }

  #lostAt(link: Link, now: Counts): Record<string, number> {
    const lost: Record<string, number> = {}
    for (const [what, total] of this.#discrepancies(link, now)) {
      const name = `${link.zone}: ${what}`
      const more = total - (this.#missing.get(name) ?? 0)
      if (more <= 0) continue
      lost[name] = more
      this.#missing.set(name, total)
    }
    const drops = link.takeDrops()
    return drops > 0 ? { ...lost, [`${link.zone}: receive queue overflowed`]: drops } : lost
  }

  /**
   * The kernel's frame counters at the wire's end of a link, compared with the frames that were
   * sent and received.
   */
  #discrepancies(link: Link, now: Counts): [string, number][] {
    // Drivers of NICs update their counters later than they send, and count other traffic too.
    if (this.#nicNetns) return []
    const ours = this.#ours.get(link)!
    const kernel = (what: string): number =>
      (now.get(`${link.name} ${what}`) ?? 0) - (this.#start.get(`${link.name} ${what}`) ?? 0)
    return [
      ['frames not sent', link.intended - ours.intended - kernel(SENT)],
      ['frames not received', kernel(RECEIVED) - (link.seen - ours.seen)],
    ]
  }

  #read(): Counts {
    const counts: Counts = new Map()
    const wires = (): Device[] => [...devices((name) => this.#names.has(name))]
    for (const device of this.#nicNetns ? this.#nicNetns.run(wires) : wires()) {
      addLost(counts, 'wire', device)
      addTraffic(counts, device)
    }
    this.#firewall.run(() => {
      for (const device of devices((name) => this.#theirs?.has(name) ?? name !== 'lo'))
        addLost(counts, 'firewall', device)
      addTracking(counts)
      if (tracksBlindly()) throw new EnvironmentError(BLIND)
      addIcmp(counts)
    })
    return counts
  }
}

interface Device {
  readonly name: string
  readonly fields: readonly string[]
}

// /proc/net/dev: name, then rx: bytes packets errs drop fifo frame compressed
// multicast, then tx: bytes packets errs drop fifo colls carrier compressed.
function* devices(isCounted: (name: string) => boolean): Generator<Device> {
  for (const line of lines('/proc/thread-self/net/dev').slice(2)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim()
    if (isCounted(name))
      yield {
        name,
        fields: line
          .slice(colon + 1)
          .trim()
          .split(/\s+/),
      }
  }
}

function addLost(counts: Counts, side: string, { name, fields }: Device): void {
  const lost = [2, 3, 4, 10, 11, 12].reduce((sum, i) => sum + Number(fields[i]), 0)
  counts.set(`${side} ${name}: frames lost`, lost)
}

const SENT = 'sent'
const RECEIVED = 'received'

function addTraffic(counts: Counts, { name, fields }: Device): void {
  counts.set(`${name} ${RECEIVED}`, Number(fields[1]))
  counts.set(`${name} ${SENT}`, Number(fields[9]))
}

const TRACKING_LOSSES = ['insert_failed', 'drop', 'early_drop']

// /proc/net/stat/nf_conntrack: a line of names, then a line of hexadecimal counters for each CPU.
function addTracking(counts: Counts): void {
  const [names, ...cpus] = lines(STATISTICS)
  const columns = names?.trim().split(/\s+/) ?? []
  for (const name of TRACKING_LOSSES) {
    const column = columns.indexOf(name)
    if (column < 0) continue
    const sum = cpus.reduce(
      (s, cpu) => s + Number.parseInt(cpu.trim().split(/\s+/)[column]!, 16),
      0,
    )
    counts.set(`connection tracking: ${name}`, sum)
  }
}

const STATISTICS = '/proc/thread-self/net/stat/nf_conntrack'
const IN_USE = '/proc/sys/net/netfilter/nf_conntrack_count'
const BLIND = `this kernel tracks connections but does not count dropped packets: ${STATISTICS} is missing (CONFIG_NF_CONNTRACK_PROCFS)`

/** Connection tracking is in use, and its losses would be invisible. */
function tracksBlindly(): boolean {
  return existsSync(IN_USE) && !existsSync(STATISTICS)
}

const ICMP_LOSSES = /^(Icmp6?OutRateLimit\w+)\s+(\d+)$/

function addIcmp(counts: Counts): void {
  const v4 = lines('/proc/thread-self/net/snmp').filter((line) => line.startsWith('Icmp: '))
  const names = v4[0]?.split(' ') ?? []
  const values = v4[1]?.split(' ') ?? []
  names.forEach((name, i) => {
    if (name.startsWith('OutRateLimit'))
      counts.set(`ICMP errors withheld: ${name}`, Number(values[i]))
  })
  for (const line of lines('/proc/thread-self/net/snmp6')) {
    const match = ICMP_LOSSES.exec(line)
    if (match) counts.set(`ICMP errors withheld: ${match[1]}`, Number(match[2]))
  }
}

/**
 * Empty for a file that this kernel does not have, for example before connection tracking is first
 * used.
 */
function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n')
  } catch {
    return []
  }
}
