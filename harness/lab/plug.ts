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
import { spawnSync } from 'node:child_process'
import { z } from 'zod'
import { EnvironmentFailure, InputFailure } from '../failure.ts'
import { findTool } from '../tools.ts'
import type { Lent, PathSpec } from './contract.ts'
import type { Netns } from './netns.ts'
import { setLinkSysctls, setQuietSysctls } from './sysctls.ts'
import { addressLines, ip, macText, neighbourLines, routesOf, type Wiring } from './topology.ts'

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
  return wirings
    .filter(({ link }) => lent.links.includes(link))
    .flatMap((wiring) => [
      lent.clsact.includes(wiring.link)
        ? `tc filter del dev ${wiring.link} egress pref ${PREFERENCE}`
        : `tc qdisc del dev ${wiring.link} clsact`,
      ...routeLines([wiring], lent).map((line) => `ip ${line.replace(/^route add/, 'route del')}`),
      ...neighbourLines(wiring).map(
        (line) => `ip ${line.replace(/^neigh add (\S+) .* dev (\S+) .*/, 'neigh del $1 dev $2')}`,
      ),
    ])
}

/** The links themselves, and what was added to those that stay. */
export function unplug(firewall: Netns, wirings: readonly Wiring[], lent: Lent): void {
  ip(wirings.map(({ wire }) => `link del dev ${wire}`))
  firewall.run(() => {
    for (const line of unplugLines(wirings, lent)) {
      const [program, ...args] = line.split(' ')
      spawnSync(findTool(program!), args, { stdio: 'ignore' })
    }
  })
}

/**
 * Routes to what is behind the links, where the namespace has none of its own.
 * Throws InputFailure where one of the same prefix leads elsewhere.
 */
function routeLines(wirings: readonly Wiring[], { routes }: Lent): string[] {
  const added = wirings.flatMap((wiring) =>
    [...routesOf(wiring)].flatMap(([prefix, line]) => {
      const there = routes[prefix]
      if (there === undefined) return [{ prefix, line }]
      if (there === wiring.link || isDefault(prefix)) return []
      throw new InputFailure(
        `${prefix} is behind ${wiring.link} in the lab, and the namespace has a route to it by ${there}`,
      )
    }),
  )
  const length = (prefix: string): number => Number(prefix.split('/')[1])
  return added.sort((a, b) => length(b.prefix) - length(a.prefix)).map(({ line }) => line)
}

export const isDefault = (prefix: string): boolean => prefix === '0.0.0.0/0' || prefix === '::/0'

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
  const { status, stderr, error } = spawnSync(findTool('tc'), ['-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
  })
  if (error || status !== 0)
    throw new EnvironmentFailure(
      `links that are there already cannot be plugged into (tc: ${error?.message ?? stderr.trim().split('\n')[0]}): the kernel needs sch_ingress, cls_u32 and act_mirred`,
    )
}

const routeSchema = z.array(z.object({ dev: z.string().optional(), type: z.string().optional() }))

/**
 * Throws EnvironmentFailure where the namespace's own routes lead what is sent
 * from the one link somewhere else than to the lab's: it would look dropped.
 */
export function mustLead(
  firewall: Netns,
  from: string | undefined,
  path: PathSpec,
  links: readonly string[],
): void {
  const { source, target } = path
  const way = from === undefined ? [] : ['from', source, 'iif', from]
  const { status, stdout } = firewall.run(() =>
    spawnSync(findTool('ip'), ['-j', 'route', 'get', target, ...way], { encoding: 'utf8' }),
  )
  // What the namespace refuses to route is dropped by it indeed.
  if (status !== 0) return
  const [route] = routeSchema.parse(JSON.parse(stdout))
  if (!route?.dev || route.dev === 'lo' || route.type === 'local' || links.includes(route.dev))
    return
  throw new EnvironmentFailure(
    `what is sent to ${target} leaves the namespace by its interface ${route.dev}, which the lab is not plugged into, so nobody could see it`,
  )
}
