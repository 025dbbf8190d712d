/**
 * Attaches the wire to an existing namespace, and detaches it again:
 *
 *   existing namespace                            sandbox's namespace (the wire)
 *     a link of the lab that does not exist there:
 *       LINK  ◄═════════════ veth ═════════════►  wL.N
 *     an existing link, which stays as it is:
 *       LINK ◄── incoming frames are redirected ──┐
 *         └─ frames for our host ──► nftproof.N ◄══ veth ══► wL.N
 *
 * The veth pairs end with the sandbox, whatever signal ends it, and their addresses, routes and
 * neighbours end with them. `detachCommands` lists what was added to existing links, for the code
 * that restores the namespace.
 */
import type { Command } from '../../src/quote/batch.ts'
import type { NetnsContents as Whole } from '../contract/lab.ts'
import type { Netns } from '../kernel/netns.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import type { Wiring } from '../wire/wiring.ts'
import { batch, ip } from './ip-commands.ts'
import {
  addressCommands,
  hostsOf,
  macText,
  neighbourCommands,
  routesOf,
  vethOf,
} from './link-commands.ts'
import { ROUTE_PROTOCOL } from './redirect.ts'
import { setLinkSysctls, setQuietSysctls } from './sysctls.ts'

/** The namespace's existing links and routes. */
type NetnsContents = Pick<Whole, 'links' | 'clsact' | 'routes'>

/** The preference of the harness's filters: an unusual number. */
const PREFERENCE = 7913

/** Names of the harness's links in the namespace. No other link has such a name by chance. */
const vethNameOf = (index: number): string => `nftproof.${index}`

/** `name`: the name of the namespace below /run/netns of the sandbox. */
export function attach(
  name: string,
  firewall: Netns,
  wirings: readonly Wiring[],
  existing: NetnsContents,
): void {
  const own = wirings.map(({ link }, i) => (existing.links.includes(link) ? vethNameOf(i) : link))
  ip(
    wirings.flatMap(({ wire, firewallMac }, i) => [
      [...vethOf(wire), own[i]!, 'address', macText(firewallMac), 'netns', name],
      ['link', 'set', 'dev', wire, 'arp', 'off', 'up'],
    ]),
  )
  firewall.run(() => {
    setLinkSysctls(own)
    setQuietSysctls()
    ip([
      ...wirings.flatMap((wiring, i) =>
        existing.links.includes(wiring.link)
          ? [['link', 'set', 'dev', own[i]!, 'up']]
          : addressCommands(wiring),
      ),
      ...wirings.flatMap(neighbourCommands),
      ...routeCommands(wirings, existing),
    ])
    tc(wirings.flatMap((wiring, i) => redirectCommands(wiring, vethNameOf(i), existing)))
  })
}

/** A program and its arguments. */
export type DetachCommand = readonly [program: 'ip' | 'tc', ...args: string[]]

/**
 * Removes what remains after the veth pairs are gone. Each command runs alone, because some may
 * have nothing to do.
 */
export function detachCommands(
  wirings: readonly Wiring[],
  existing: NetnsContents,
): DetachCommand[] {
  const stay = wirings.filter(({ link }) => existing.links.includes(link))
  return [
    ...['-4', '-6'].map(
      (family): DetachCommand => ['ip', family, 'route', 'flush', 'proto', `${ROUTE_PROTOCOL}`],
    ),
    ...stay.flatMap((wiring): DetachCommand[] => [
      existing.clsact.includes(wiring.link)
        ? ['tc', 'filter', 'del', 'dev', wiring.link, 'egress', 'pref', `${PREFERENCE}`]
        : ['tc', 'qdisc', 'del', 'dev', wiring.link, 'clsact'],
      ...hostsOf(wiring).map(
        (host): DetachCommand => ['ip', 'neigh', 'del', host, 'dev', wiring.link],
      ),
    ]),
  ]
}

/** Commands for the links, and for the additions to existing links. */
export function detach(firewall: Netns, wirings: readonly Wiring[], existing: NetnsContents): void {
  ip(wirings.map(({ wire }) => ['link', 'del', 'dev', wire]))
  firewall.run(() => {
    for (const [program, ...args] of detachCommands(wirings, existing))
      attempt(() => runProgramSync(findProgram(program), args))
  })
}

/** A command that fails or hangs does not stop the others. */
function attempt(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
  }
}

/** Routes to the networks behind the links, if the namespace has none. */
function routeCommands(wirings: readonly Wiring[], { routes }: NetnsContents): Command[] {
  const length = (prefix: string): number => Number(prefix.split('/')[1])
  return wirings
    .flatMap((wiring) => [...routesOf(wiring)])
    .filter(([prefix]) => !Object.hasOwn(routes, prefix))
    .sort(([a], [b]) => length(b) - length(a))
    .map(([prefix, way]) => ['route', 'add', prefix, ...way, 'proto', `${ROUTE_PROTOCOL}`])
}

/** The host behind an existing link is recognised by its Ethernet address. */
function redirectCommands(
  { link, hostMac }: Wiring,
  own: string,
  existing: NetnsContents,
): Command[] {
  if (!existing.links.includes(link)) return []
  const all = ['protocol', 'all', 'pref', `${PREFERENCE}`, 'u32', 'match']
  const put = (where: 'ingress' | 'egress', dev: string) => [
    ...['action', 'mirred', where, 'redirect', 'dev', dev],
  ]
  const everything = [...all, 'u32', '0', '0', ...put('ingress', link)]
  const ours = [...all, 'ether', 'dst', macText(hostMac), ...put('egress', own)]
  return [
    ['qdisc', 'add', 'dev', own, 'clsact'],
    ['filter', 'add', 'dev', own, 'ingress', ...everything],
    ...(existing.clsact.includes(link) ? [] : [['qdisc', 'add', 'dev', link, 'clsact']]),
    ['filter', 'add', 'dev', link, 'egress', ...ours],
  ]
}

function tc(commands: readonly Command[]): void {
  if (commands.length === 0) return
  const { status, stderr } = batch('tc', commands)
  if (status !== 0)
    throw new EnvironmentError(
      `existing links cannot be redirected (tc: ${stderr.trim().split('\n')[0]}): load the kernel modules sch_ingress, cls_u32 and act_mirred`,
    )
}
