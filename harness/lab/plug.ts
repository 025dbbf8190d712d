/**
 * Plugs the wire into a namespace that is somebody's, and takes it out again:
 *
 *   somebody's namespace                          sandbox's namespace (the wire)
 *     a link that the lab names and that is free:
 *       LINK  ◄═════════════ veth ═════════════►  wL.N
 *     one that is there already, and stays as it is:
 *       LINK ◄── what comes in is put there ──┐
 *         └─ what leaves it for our host ──► nftproof.N ◄══ veth ══► wL.N
 *
 * The veth pairs end with the sandbox, by whatever signal, and take their
 * addresses, routes and neighbours along. What is added to links of the
 * namespace's own is listed by `unplugLines`, for those who clean up.
 */
import { EnvironmentFailure } from '../failure.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { findTool } from '../tools.ts'
import type { Lent as Whole } from './contract.ts'
import { ROUTE_PROTOCOL } from './leads.ts'
import type { Netns } from './netns.ts'
import { setLinkSysctls, setQuietSysctls } from './sysctls.ts'
import { addressLines, ip, macText, neighbourLines, routesOf, type Wiring } from './topology.ts'

/** What it has by way of links and routes. */
type Lent = Pick<Whole, 'links' | 'clsact' | 'routes'>

/** Preference of our filters: no usual number. */
const PREFERENCE = 7913

/** Links of ours in there; none has such a name by chance. */
const plugOf = (index: number): string => `nftproof.${index}`

/** `name`: the namespace's, below /run/netns of the sandbox. */
export function plug(name: string, firewall: Netns, wirings: readonly Wiring[], lent: Lent): void {
  const own = wirings.map(({ link }, i) => (lent.links.includes(link) ? plugOf(i) : link))
  ip(
    wirings.flatMap(({ wire, firewallMac }, i) => [
      `link add name ${wire} type veth peer name ${own[i]} address ${macText(firewallMac)} netns ${name}`,
      `link set dev ${wire} arp off up`,
    ]),
  )
  firewall.run(() => {
    setLinkSysctls(own)
    setQuietSysctls()
    ip([
      ...wirings.flatMap((wiring, i) =>
        lent.links.includes(wiring.link) ? [`link set dev ${own[i]} up`] : addressLines(wiring),
      ),
      ...wirings.flatMap(neighbourLines),
      ...routeLines(wirings, lent),
    ])
    tc(wirings.flatMap((wiring, i) => redirectLines(wiring, plugOf(i), lent)))
  })
}

/** Takes out what is left when the veth pairs are gone: commands of ip(8) and tc(8), each for itself. */
export function unplugLines(wirings: readonly Wiring[], lent: Lent): string[] {
  const stay = wirings.filter(({ link }) => lent.links.includes(link))
  return [
    ...[4, 6].map((family) => `ip -${family} route flush proto ${ROUTE_PROTOCOL}`),
    ...stay.flatMap((wiring) => [
      lent.clsact.includes(wiring.link)
        ? `tc filter del dev ${wiring.link} egress pref ${PREFERENCE}`
        : `tc qdisc del dev ${wiring.link} clsact`,
      ...neighbourLines(wiring).map(
        (line) => `ip ${line.replace(/^neigh add (\S+) .* dev (\S+) .*/, 'neigh del $1 dev $2')}`,
      ),
    ]),
  ]
}

/** The links themselves, and what was added to those that stay. */
export function unplug(firewall: Netns, wirings: readonly Wiring[], lent: Lent): void {
  ip(wirings.map(({ wire }) => `link del dev ${wire}`))
  firewall.run(() => {
    for (const line of unplugLines(wirings, lent)) {
      const [program, ...args] = line.split(' ')
      attempt(() => runProgramSync(findTool(program as 'ip' | 'tc'), args))
    }
  })
}

/** One that fails or hangs does not keep the others from being done. */
function attempt(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof EnvironmentFailure)) throw error
  }
}

/** Routes to what is behind the links, where the namespace has none to it. */
function routeLines(wirings: readonly Wiring[], { routes }: Lent): string[] {
  const length = (prefix: string): number => Number(prefix.split('/')[1])
  return wirings
    .flatMap((wiring) => [...routesOf(wiring)])
    .filter(([prefix]) => !(prefix in routes))
    .sort(([a], [b]) => length(b) - length(a))
    .map(([, line]) => `${line} proto ${ROUTE_PROTOCOL}`)
}

/** The host behind a link that stays is known by its address of Ethernet. */
function redirectLines({ link, hostMac }: Wiring, own: string, lent: Lent): string[] {
  if (!lent.links.includes(link)) return []
  const everything = `protocol all pref ${PREFERENCE} u32 match`
  return [
    `qdisc add dev ${own} clsact`,
    `filter add dev ${own} ingress ${everything} u32 0 0 action mirred ingress redirect dev ${link}`,
    ...(lent.clsact.includes(link) ? [] : [`qdisc add dev ${link} clsact`]),
    `filter add dev ${link} egress ${everything} ether dst ${macText(hostMac)} action mirred egress redirect dev ${own}`,
  ]
}

function tc(lines: readonly string[]): void {
  if (lines.length === 0) return
  const input = `${lines.join('\n')}\n`
  const { status, stderr } = runProgramSync(findTool('tc'), ['-batch', '-'], { input })
  if (status !== 0)
    throw new EnvironmentFailure(
      `links that are there already cannot be plugged into (tc: ${stderr.trim().split('\n')[0]}): the kernel needs sch_ingress, cls_u32 and act_mirred`,
    )
}
