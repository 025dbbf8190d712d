/**
 * Checks that a script did not change the wire. Both ends of a link know each other by number, and
 * the kernel lets a process that may change one network change the other end too
 * (IFLA_TARGET_NETNSID of rtnetlink(7)). A filter of system calls cannot detect this. No process of
 * a script continues after it, so a check at its end suffices.
 */
import { statSync } from 'node:fs'
import { Netns } from '../kernel/netns.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { outputOfSync } from '../system/run-program-sync.ts'

/** The used fields of a link in ip(8) output. */
interface Link {
  readonly ifindex: number
  readonly ifname: string
  /** Number of the link's other end, or of the one that it lies on. */
  // biome-ignore lint/style/useNamingConvention: ip(8) writes it so in its JSON
  readonly link_index?: number
  /** Set where that one is in another network. */
  // biome-ignore lint/style/useNamingConvention: ip(8) writes it so in its JSON
  readonly link_netnsid?: number
  readonly flags: readonly string[]
  readonly [key: string]: unknown
}

/** The main thread's network is that of the wire, while this thread is in the firewall's. */
const WIRE = `/proc/${process.pid}/ns/net`

/**
 * Call it before the script. The returned function throws EnvironmentError if the wire has changed
 * since.
 */
export function watchWire(file: string): () => void {
  if (statSync(WIRE).ino === statSync('/proc/thread-self/ns/net').ino) return () => {}
  const [inner, outer] = [linksHere(), linksOfWire()]
  return () => {
    const wire = linksOfWire()
    const changed = [
      ...leadsOut(inner, linksHere()),
      ...added(outer, wire),
      ...differing(outer, wire, new Set(inner.map(({ link_index }) => link_index))),
    ]
    if (changed.length > 0)
      throw new EnvironmentError(
        `the script ${file}, or a script that ran at the same time, changed another network, so nothing can be measured: ${changed.join(', ')}`,
      )
  }
}

function linksHere(): Link[] {
  const { stdout } = outputOfSync(findProgram('ip'), ['-j', '-d', 'link', 'show'])
  return JSON.parse(stdout) as Link[]
}

function linksOfWire(): Link[] {
  const wire = new Netns(WIRE)
  try {
    return wire.run(linksHere)
  } finally {
    wire.close()
  }
}

/** New links of the firewall that are based on a link of another network. */
function leadsOut(before: readonly Link[], after: readonly Link[]): string[] {
  const known = new Set(before.map(({ ifindex }) => ifindex))
  return after
    .filter((link) => link.link_netnsid !== undefined && !known.has(link.ifindex))
    .map(({ ifname }) => `${ifname} is based on a link of another network`)
}

/** Changes that only a script would make. Other labs of this sandbox may come and go. */
const COMPARED = ['mtu', 'qdisc', 'master', 'address', 'xdp', 'ifalias', 'ifname'] as const

const essence = (link: Link): string =>
  JSON.stringify([link.flags.includes('UP'), ...COMPARED.map((key) => link[key] ?? null)])

/**
 * Names of the wire's ends (harness/lab/topology.ts). Labs create no links of other names or kinds
 * there.
 */
const WIRE_END = /^w\d+\.\d+$/

const isWireEnd = ({ ifname, linkinfo }: Link): boolean =>
  // biome-ignore lint/style/useNamingConvention: ip(8) writes it so in its JSON
  WIRE_END.test(ifname) && (linkinfo as { info_kind?: string } | undefined)?.info_kind === 'veth'

function added(before: readonly Link[], after: readonly Link[]): string[] {
  const known = new Set(before.map(({ ifindex }) => ifindex))
  return after
    .filter((link) => !known.has(link.ifindex) && !isWireEnd(link))
    .map(({ ifname }) => `${ifname} was added to the wire`)
}

/** `own`: the other ends of the firewall's links, which exist as long as the lab. */
function differing(
  before: readonly Link[],
  after: readonly Link[],
  own: ReadonlySet<number | undefined>,
): string[] {
  const now = new Map(after.map((link) => [link.ifindex, link]))
  return before.flatMap((link) => {
    const same = now.get(link.ifindex)
    if (!same) return own.has(link.ifindex) ? [`${link.ifname} of the wire is gone`] : []
    const wasUp = link.flags.includes('UP')
    return wasUp && essence(same) !== essence(link)
      ? [`${link.ifname} of the wire has changed`]
      : []
  })
}
