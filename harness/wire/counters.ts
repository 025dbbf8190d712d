/**
 * The kernel's own counts of frames that it lost. A loss can look like a
 * firewall's silence, so they are read before and after every attempt.
 */
import { readFileSync } from 'node:fs'
import type { Losses } from '../../src/result.ts'
import type { Netns } from '../lab/netns.ts'
import type { Link } from './link.ts'

type Counts = Map<string, number>

export class LossCounters {
  readonly #links: readonly Link[]
  readonly #firewall: Netns
  #before: Counts

  constructor(links: readonly Link[], firewall: Netns) {
    this.#links = links
    this.#firewall = firewall
    this.#before = this.#read()
  }

  /** What moved since the last call, or since construction. */
  take(): Losses {
    const now = this.#read()
    const moved: Record<string, number> = {}
    for (const [name, count] of now) {
      const delta = count - (this.#before.get(name) ?? 0)
      if (delta > 0) moved[name] = delta
    }
    for (const link of this.#links) {
      const drops = link.takeDrops()
      if (drops > 0) moved[`${link.zone}: receive queue overflowed`] = drops
    }
    this.#before = now
    return moved
  }

  #read(): Counts {
    const counts: Counts = new Map()
    // Other labs' links lie in the wire's namespace too.
    const own = new Set(this.#links.map((link) => link.name))
    addDevices(counts, 'wire', (name) => own.has(name))
    this.#firewall.run(() => {
      addDevices(counts, 'firewall')
      addTracking(counts)
      addIcmp(counts)
    })
    return counts
  }
}

// /proc/net/dev: name, then rx: bytes packets errs drop fifo frame compressed
// multicast, then tx: bytes packets errs drop fifo colls carrier compressed.
function addDevices(counts: Counts, side: string, counted = isNotLoopback): void {
  for (const line of lines('/proc/thread-self/net/dev').slice(2)) {
    const [name, ...fields] = line.trim().split(/[:\s]+/)
    if (name === undefined || !counted(name)) continue
    const at = (i: number): number => Number(fields[i])
    counts.set(`${side} ${name}: frames lost`, at(2) + at(3) + at(4) + at(10) + at(11) + at(12))
  }
}

const isNotLoopback = (name: string): boolean => name !== 'lo'

const TRACKING_LOSSES = ['insert_failed', 'drop', 'early_drop']

// /proc/net/stat/nf_conntrack: a line of names, then a line of hexadecimal counts for each CPU.
function addTracking(counts: Counts): void {
  const [names, ...cpus] = lines('/proc/thread-self/net/stat/nf_conntrack')
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

/** Empty for a file that this kernel does not have, as before connection tracking is first used. */
function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n')
  } catch {
    return []
  }
}
