/**
 * Builds a lab's links and addresses with ip(8), in few batches:
 *
 *   firewall's namespace                         sandbox's namespace (the wire)
 *     LINK  02:00:00:00:NN:01  ◄════ veth ════►  wL.N, behind it 02:00:00:00:NN:02
 *     its own addresses on the link              raw socket, speaks as any address
 *
 * Whatever lies behind a link, its own prefix too, is routed to the host there,
 * whose neighbour entry is permanent, and the wire's ends have ARP off: so any
 * address reaches the wire, and no packet is ever sent that is not a probe's.
 */
import { writeFileSync } from 'node:fs'
import type { LabZone, LinkKind } from '../../src/lab/lab.ts'
import { portOf } from '../../src/lab/link-name.ts'
import { BatchTextError, batchText, type Command } from '../../src/quote/batch.ts'
import type { ZoneAddress } from '../../src/scenario/scenario.ts'
import type { LabSpec } from '../contract/lab.ts'
import { reached } from '../contract/stage.ts'
import { networkOf, ownOf } from '../kernel/addresses.ts'
import { Netns } from '../kernel/netns.ts'
import { EnvironmentFailure, InputFailure } from '../system/errors.ts'
import { findTool } from '../system/find-program.ts'
import { type Finished, runProgramSync } from '../system/run-program-sync.ts'
import { plug } from './attach.ts'
import { setFirewallSysctls, setSysctls } from './sysctls.ts'

/** One link of a lab, with both ends' names and the zones behind it. */
export interface Wiring {
  /** Interface on the firewall. */
  readonly link: string
  readonly kind: LinkKind
  readonly zones: readonly LabZone[]
  /** Interface of the wire's end. */
  readonly wire: string
  /** The host behind the link, as the firewall knows it. Not the wire's interface's own address: see below. */
  readonly hostMac: Buffer
  readonly firewallMac: Buffer
}

export function planWiring(labNumber: number, zones: readonly LabZone[]): Wiring[] {
  return [...Map.groupBy(zones, ({ link }) => link)].map(([link, own], i) => ({
    link,
    kind: own[0]!.linkKind ?? 'ethernet',
    zones: own,
    wire: `w${labNumber}.${i}`,
    hostMac: Buffer.from([2, 0, 0, i >> 8, i & 0xff, 2]),
    firewallMac: Buffer.from([2, 0, 0, i >> 8, i & 0xff, 1]),
  }))
}

/** Makes the firewall's namespace, or enters the one that is there, with every link between it and the calling thread's. */
export function buildNetwork(
  name: string,
  wirings: readonly Wiring[],
  spec: LabSpec,
  outside?: string,
): Netns {
  const { place } = spec
  const isElsewhere = place?.kind === 'cards'
  if (place && !isElsewhere) bindNamespace(name, `${outside}/${place.net}`)
  else ip([['netns', 'add', name]])
  const firewall = new Netns(`/run/netns/${name}`)
  reached('namespace made')
  if (place?.kind === 'lent') plug(name, firewall, wirings, place)
  // Where the firewall is another machine, an empty one stands in for what is asked of it.
  else if (!isElsewhere) connect(name, firewall, wirings, spec)
  return firewall
}

/** A name of the sandbox's own for a namespace outside. */
function bindNamespace(name: string, path: string): void {
  writeFileSync(`/run/netns/${name}`, '')
  const mount = ['--bind', path, `/run/netns/${name}`]
  const { status, stderr } = runProgramSync(findTool('mount'), mount)
  if (status !== 0)
    throw new EnvironmentFailure(`the firewall's namespace cannot be entered: ${stderr.trim()}`)
}

function connect(name: string, firewall: Netns, wirings: readonly Wiring[], spec: LabSpec): void {
  ip(wirings.flatMap((wiring) => wireCommands(wiring, name)))
  firewall.run(() => {
    setFirewallSysctls(wirings.map(({ link, kind }) => (kind === 'bridge' ? portOf(link) : link)))
    const bridges = wirings.filter(({ kind }) => kind === 'bridge')
    if (bridges.length > 0) {
      ip(bridges.flatMap(bridgeCommands))
      setFirewallSysctls(bridges.map(({ link }) => link))
    }
    ip([LOOPBACK_UP, ...wirings.flatMap(addressCommands), ...routeCommands(wirings)])
    if (spec.forwarding === false) setSysctls(NOT_FORWARDING)
    setSysctls(spec.sysctls ?? {})
  })
}

const LOOPBACK_UP = ['link', 'set', 'lo', 'up']
const NOT_FORWARDING = { 'net.ipv4.ip_forward': '0', 'net.ipv6.conf.all.forwarding': '0' }

// The wire's interface keeps an address of the kernel's choice. Frames for the
// host behind it are then somebody else's to the sandbox's own IP stack, which
// drops them at once, while the raw socket gets them all the same.
function wireCommands({ link, kind, wire, firewallMac }: Wiring, firewallName: string): Command[] {
  const own = kind === 'bridge' ? [portOf(link)] : [link, 'address', macText(firewallMac)]
  return [
    [...vethOf(wire), ...own, 'netns', firewallName],
    ['link', 'set', 'dev', wire, 'arp', 'off', 'up'],
  ]
}

/** A pair of links; what the second one is called follows. */
export const vethOf = (name: string): Command => [
  ...['link', 'add', 'name', name, 'type', 'veth'],
  ...['peer', 'name'],
]

function bridgeCommands({ link, firewallMac }: Wiring): Command[] {
  const settings = ['forward_delay', '0', 'mcast_snooping', '0']
  const mac = macText(firewallMac)
  return [
    ['link', 'add', 'name', link, 'address', mac, 'type', 'bridge', ...settings],
    ['link', 'set', 'dev', portOf(link), 'master', link, 'up'],
  ]
}

export function addressCommands({ link, zones }: Wiring): Command[] {
  const own = new Set(
    zones.flatMap(ownOf).map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  )
  return [
    ...[...own].map((address) => ['addr', 'add', address, 'dev', link, 'noprefixroute', 'nodad']),
    ['link', 'set', 'dev', link, 'up'],
  ]
}

// A next hop that a wide route of another link covers is refused: narrow routes come first.
function routeCommands(wirings: readonly Wiring[]): Command[] {
  const routes = wirings.flatMap((wiring) => [...routesOf(wiring)])
  const length = (prefix: string): number => Number(prefix.split('/')[1])
  const narrowFirst = routes.sort(([a], [b]) => length(b) - length(a))
  return [
    ...wirings.flatMap(neighbourCommands),
    ...narrowFirst.map(([prefix, way]) => ['route', 'add', prefix, ...way]),
  ]
}

export function neighbourCommands(wiring: Wiring): Command[] {
  const { link, hostMac } = wiring
  return hostsOf(wiring).map((host) => [
    ...['neigh', 'add', host, 'lladdr', macText(hostMac)],
    ...['dev', link, 'nud', 'permanent'],
  ])
}

/** Addresses of the host behind a link. */
export function hostsOf({ kind, zones }: Wiring): string[] {
  if (kind === 'none') return []
  return [...new Set(zones.flatMap((zone) => zone.addresses.map(({ address }) => address)))]
}

/** The way to each prefix, through the first host that it leads to: `via HOST dev LINK onlink`. */
export function routesOf({ link, kind, zones }: Wiring): Map<string, Command> {
  const routes = new Map<string, Command>()
  if (kind === 'none') return routes
  for (const zone of zones)
    for (const host of zone.addresses)
      for (const prefix of behind(zone, host))
        if (!routes.has(prefix)) routes.set(prefix, ['via', host.address, 'dev', link, 'onlink'])
  return routes
}

/** What is reached through a host, of its family. */
function behind(zone: LabZone, host: ZoneAddress): string[] {
  const prefixes = [networkOf(host), ...ownOf(zone).map(networkOf), ...(zone.routes ?? [])]
  const everything = host.family === 6 ? '::/0' : '0.0.0.0/0'
  return [
    ...prefixes.filter((prefix) => prefix.includes(':') === (host.family === 6)),
    ...(isDefault(zone) ? [everything] : []),
  ]
}

/** Scenarios have the Internet by default where their zones say nothing. */
function isDefault(zone: LabZone & { readonly kind?: string }): boolean {
  return zone.isDefault ?? zone.kind === 'internet'
}

export function macText(mac: Uint8Array): string {
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** Runs ip(8) commands in the calling thread's namespace. Throws InputFailure for a name that ip cannot take. */
export function ip(commands: readonly Command[]): void {
  const { status, stderr } = batch('ip', commands)
  if (status !== 0) throw new EnvironmentFailure(explain(commands, stderr))
}

/** Runs commands of ip(8) or tc(8), all by one process. */
export function batch(program: 'ip' | 'tc', commands: readonly Command[]): Finished {
  try {
    return runProgramSync(findTool(program), ['-batch', '-'], { input: batchText(commands) })
  } catch (cause) {
    if (cause instanceof BatchTextError) throw new InputFailure(cause.message, { cause })
    throw cause
  }
}

function explain(commands: readonly Command[], stderr: string): string {
  const at = /Command failed -:(\d+)/.exec(stderr)
  const command = at ? commands[Number(at[1]) - 1] : undefined
  const said = stderr.replace(/Command failed.*\n?/, '').trim()
  return `the lab's links could not be made: ip ${command?.join(' ') ?? '-batch'}: ${said || 'no message'}`
}
