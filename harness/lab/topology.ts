/**
 * Builds a lab's links and addresses with ip(8), two batches for all:
 *
 *   firewall's namespace                         sandbox's namespace (the wire)
 *     LINK  02:00:00:00:NN:01  ◄════ veth ════►  wL.N, behind it 02:00:00:00:NN:02
 *     first address of the prefix                raw socket, speaks as any address
 *
 * Neighbours are permanent and the wire's ends have ARP off, so no packet is
 * ever sent that is not a probe's.
 */
import { spawnSync } from 'node:child_process'
import type { Zone } from '../../src/scenario.ts'
import { EnvironmentFailure } from '../failure.ts'
import { findTool } from '../tools.ts'
import { gatewayOf } from './addresses.ts'
import { Netns } from './netns.ts'
import { setFirewallSysctls } from './sysctls.ts'

/** One link of a lab, with both ends' names and the zones behind it. */
export interface Wiring {
  /** Interface on the firewall. */
  readonly link: string
  readonly zones: readonly Zone[]
  /** Interface of the wire's end. */
  readonly wire: string
  /** The host behind the link, as the firewall knows it. Not the wire's interface's own address: see below. */
  readonly hostMac: Buffer
  readonly firewallMac: Buffer
}

export function planWiring(labNumber: number, zones: readonly Zone[]): Wiring[] {
  return [...Map.groupBy(zones, ({ link }) => link)].map(([link, own], i) => ({
    link,
    zones: own,
    wire: `w${labNumber}.${i}`,
    hostMac: Buffer.from([2, 0, 0, i >> 8, i & 0xff, 2]),
    firewallMac: Buffer.from([2, 0, 0, i >> 8, i & 0xff, 1]),
  }))
}

/** Makes the firewall's namespace, with every link between it and the calling thread's. */
export function buildNetwork(name: string, wirings: readonly Wiring[]): Netns {
  ip([`netns add ${name}`, ...wirings.flatMap((wiring) => wireLines(wiring, name))])
  const firewall = new Netns(`/run/netns/${name}`)
  firewall.run(() => {
    setFirewallSysctls(wirings.map(({ link }) => link))
    ip(['link set lo up', ...wirings.flatMap(firewallLines)])
  })
  return firewall
}

// The wire's interface keeps an address of the kernel's choice. Frames for the
// host behind it are then somebody else's to the sandbox's own IP stack, which
// drops them at once, while the raw socket gets them all the same.
function wireLines({ link, wire, firewallMac }: Wiring, firewallName: string): string[] {
  const peer = `peer name ${link} address ${macText(firewallMac)} netns ${firewallName}`
  return [`link add ${wire} type veth ${peer}`, `link set ${wire} arp off up`]
}

function firewallLines({ link, zones, hostMac }: Wiring): string[] {
  const addresses = zones.flatMap((zone) => zone.addresses)
  const outside = zones.flatMap((zone) => (zone.kind === 'internet' ? zone.addresses : []))
  return [
    ...addresses.map((a) => `addr add ${gatewayOf(a)}/${a.prefixLength} dev ${link} nodad`),
    `link set ${link} up`,
    ...addresses.map(
      ({ address }) => `neigh add ${address} lladdr ${macText(hostMac)} dev ${link} nud permanent`,
    ),
    ...outside.map((a) => defaultRoute(a.address, link)),
  ]
}

const defaultRoute = (via: string, link: string): string =>
  `route add ${via.includes(':') ? '::/0' : '0.0.0.0/0'} via ${via} dev ${link}`

function macText(mac: Uint8Array): string {
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** Runs ip(8) commands in the calling thread's namespace. */
export function ip(lines: readonly string[]): void {
  const { status, stderr, error } = spawnSync(findTool('ip'), ['-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
  })
  if (error)
    throw new EnvironmentFailure(`ip could not be started: ${error.message}`, { cause: error })
  if (status !== 0) throw new EnvironmentFailure(explain(lines, stderr))
}

function explain(lines: readonly string[], stderr: string): string {
  const at = /Command failed -:(\d+)/.exec(stderr)
  const line = at ? lines[Number(at[1]) - 1] : undefined
  const said = stderr.replace(/Command failed.*\n?/, '').trim()
  return `the lab's links could not be made: ip ${line ?? '-batch'}: ${said || 'no message'}`
}
