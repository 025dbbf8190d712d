/**
 * The kernel's own counters of lost frames. A loss can look like a firewall's silence, so they are
 * read before and after every attempt.
 */
import type { Losses } from '../../src/result/result.ts'
import type { WireContext } from './context.ts'
import type { CounterFile, CounterFiles } from './counter-files.ts'
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
  /** The firewall's links to check. Undefined: all. */
  readonly #theirs: ReadonlySet<string> | undefined
  readonly #files: CounterFiles
  /** The links are interfaces with other traffic. */
  readonly #isOnNics: boolean
  readonly #start: Counts
  #before: Counts
  readonly #ours: ReadonlyMap<Link, OurCounts>
  /** Frames known to be missing, by name, since the start. */
  readonly #missing = new Map<string, number>()

  constructor({ wire: { links }, counted, counters, nicNetns }: WireContext) {
    this.#theirs = counted
    this.#files = counters
    this.#isOnNics = nicNetns !== undefined
    this.#links = links
    this.#names = new Set(links.map(({ name }) => name))
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
    if (this.#isOnNics) return []
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
    for (const { name, ...device } of devices(this.#files.wire, (one) => this.#names.has(one))) {
      counts.set(`wire ${name}: frames lost`, device.lost)
      counts.set(`${name} ${RECEIVED}`, device.received)
      counts.set(`${name} ${SENT}`, device.sent)
    }
    const isTheirs = (name: string): boolean => this.#theirs?.has(name) ?? name !== 'lo'
    for (const { name, lost } of devices(this.#files.devices, isTheirs))
      counts.set(`firewall ${name}: frames lost`, lost)
    addTracking(counts, this.#files.tracking())
    addIcmp(counts, this.#files)
    return counts
  }
}

interface Device {
  readonly name: string
  readonly lost: number
  readonly received: number
  readonly sent: number
}

/** By their lines in the last text: most devices of a large lab have not changed. */
const known = new WeakMap<CounterFile, ReadonlyMap<string, Device>>()

function devices(file: CounterFile, isCounted: (name: string) => boolean): Device[] {
  const before = known.get(file)
  const now = new Map(
    linesOf(file.text())
      .slice(2)
      .map((line) => [line, before?.get(line) ?? deviceIn(line)]),
  )
  known.set(file, now)
  return [...now.values()].filter(({ name }) => isCounted(name))
}

// /proc/net/dev: name, then rx: bytes packets errs drop fifo frame compressed
// multicast, then tx: bytes packets errs drop fifo colls carrier compressed.
function deviceIn(line: string): Device {
  const colon = line.indexOf(':')
  const numbers = line
    .slice(colon + 1)
    .trim()
    .split(/\s+/)
    .map(Number)
  const lost = [2, 3, 4, 10, 11, 12].reduce((sum, i) => sum + numbers[i]!, 0)
  return { name: line.slice(0, colon).trim(), lost, received: numbers[1]!, sent: numbers[9]! }
}

const SENT = 'sent'
const RECEIVED = 'received'

const TRACKING_LOSSES = ['insert_failed', 'drop', 'early_drop']

// /proc/net/stat/nf_conntrack: a line of names, then a line of hexadecimal counters for each CPU.
function addTracking(counts: Counts, text: string): void {
  const [names, ...cpus] = linesOf(text)
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

const ICMP6_LOSSES = /^(Icmp6OutRateLimit\w+)\s+(\d+)$/gm

function addIcmp(counts: Counts, { icmp, icmp6 }: CounterFiles): void {
  const v4 = linesOf(icmp.text()).filter((line) => line.startsWith('Icmp: '))
  const names = v4[0]?.split(' ') ?? []
  const values = v4[1]?.split(' ') ?? []
  names.forEach((name, i) => {
    if (name.startsWith('OutRateLimit'))
      counts.set(`ICMP errors withheld: ${name}`, Number(values[i]))
  })
  for (const [, name, value] of icmp6.text().matchAll(ICMP6_LOSSES))
    counts.set(`ICMP errors withheld: ${name}`, Number(value))
}

const linesOf = (text: string): string[] => text.trimEnd().split('\n')
