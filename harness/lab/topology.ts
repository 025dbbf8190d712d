/**
 * Builds a lab's links and addresses with ip(8), in few batches:
 *
 *   firewall's namespace                         sandbox's namespace (the wire)
 *     LINK  02:00:00:00:NN:01  ◄════ veth ════►  wL.N, behind it 02:00:00:00:NN:02
 *     its own addresses on the link              raw socket, speaks as any address
 *
 * Everything behind a link, its own prefix included, is routed to the host there. Its neighbour
 * entry is permanent, and ARP is off at the wire's ends. So any address reaches the wire, and every
 * packet is a probe's.
 */
import { writeFileSync } from 'node:fs'
import { portOf } from '../../src/lab/link-name.ts'
import type { Command } from '../../src/quote/batch.ts'
import type { LabSpec } from '../contract/lab.ts'
import { reached } from '../contract/stage.ts'
import { Netns } from '../kernel/netns.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import type { Wiring } from '../wire/wiring.ts'
import { attach } from './attach.ts'
import { ip } from './ip-commands.ts'
import { addressCommands, macText, neighbourCommands, routesOf, vethOf } from './link-commands.ts'
import { setFirewallSysctls, setSysctls } from './sysctls.ts'

/**
 * Creates the firewall's namespace, or enters an existing one, with all links to the namespace of
 * the calling thread.
 */
export function buildNetwork(
  name: string,
  wirings: readonly Wiring[],
  spec: LabSpec,
  hostProc?: string,
): Netns {
  const { netns } = spec
  const isElsewhere = netns?.kind === 'nic'
  if (netns && !isElsewhere) bindNamespace(name, `${hostProc}/${netns.net}`)
  else ip([['netns', 'add', name]])
  const firewall = new Netns(`/run/netns/${name}`)
  reached('namespace made')
  if (netns?.kind === 'existing') attach(name, firewall, wirings, netns)
  // If the firewall is another machine, an empty namespace replaces it for queries.
  else if (!isElsewhere) connect(name, firewall, wirings, spec)
  return firewall
}

/** The sandbox's name for a namespace outside. */
function bindNamespace(name: string, path: string): void {
  writeFileSync(`/run/netns/${name}`, '')
  const mount = ['--bind', path, `/run/netns/${name}`]
  const { status, stderr } = runProgramSync(findProgram('mount'), mount)
  if (status !== 0)
    throw new EnvironmentError(`the firewall's namespace cannot be entered: ${stderr.trim()}`)
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

// The wire's interface keeps the address that the kernel chose. The sandbox's own IP stack drops
// frames for the host behind it, because they are for another address. The raw socket receives
// them.
function wireCommands({ link, kind, wire, firewallMac }: Wiring, firewallName: string): Command[] {
  const own = kind === 'bridge' ? [portOf(link)] : [link, 'address', macText(firewallMac)]
  return [
    [...vethOf(wire), ...own, 'netns', firewallName],
    ['link', 'set', 'dev', wire, 'arp', 'off', 'up'],
  ]
}

function bridgeCommands({ link, firewallMac }: Wiring): Command[] {
  const settings = ['forward_delay', '0', 'mcast_snooping', '0']
  const mac = macText(firewallMac)
  return [
    ['link', 'add', 'name', link, 'address', mac, 'type', 'bridge', ...settings],
    ['link', 'set', 'dev', portOf(link), 'master', link, 'up'],
  ]
}

// The kernel refuses a next hop within a wide route of another link, so narrow routes come first.
function routeCommands(wirings: readonly Wiring[]): Command[] {
  const routes = wirings.flatMap((wiring) => [...routesOf(wiring)])
  const length = (prefix: string): number => Number(prefix.split('/')[1])
  const narrowFirst = routes.sort(([a], [b]) => length(b) - length(a))
  return [
    ...wirings.flatMap(neighbourCommands),
    ...narrowFirst.map(([prefix, way]) => ['route', 'add', prefix, ...way]),
  ]
}
