/**
 * Grants of a policy for zones: its hosts are the projects. The sets, maps and chains of a host's
 * grants are those of an egress policy's project, so both change in the same way.
 *
 *     forward   established → accept; if flows are cut: as far as they could be opened now
 *               deny, allow
 *               from hosts that may have grants, to the zone of grants → tcp_granted, udp_granted
 *               deny by default, otherwise
 */
import type { Zone } from '../lab/zone.ts'
import { PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import { existingInterface } from '../quote/nft.ts'
import { grantParts, grantRules } from './grants.ts'
import { lengthsOf } from './sources.ts'
import { type Block, chain } from './table.ts'
import { anonymousOf } from './text.ts'
import type { Links } from './zone-ends.ts'
import type { ZoneRule } from './zone-rules.ts'

export const ESTABLISHED = ['ct state established,related accept']

export interface GrantBlocks {
  readonly blocks: readonly Block[]
  /** At the beginning of the forward chain. */
  readonly established: readonly string[]
  /** After the statements, before the defaults. */
  readonly rules: readonly string[]
}

/** The hosts that may have grants, as projects, and the grants as for `compile`. */
export interface Granting {
  readonly projects: readonly Zone[]
  readonly grants?: readonly Grant[] | undefined
}

interface Compiled extends Granting {
  readonly links: Links
  readonly said: readonly ZoneRule[]
  readonly defaults: readonly ZoneRule[]
}

export function grantBlocks(policy: Policy, compiled: Compiled): GrantBlocks {
  const { grants: terms } = policy
  if (!terms) return { blocks: [], established: ESTABLISHED, rules: [] }
  const { projects, grants, links } = compiled
  const path = pathOf(policy, links)
  const lengths = lengthsOf(projects)
  const cuts = terms.revoked === 'cut'
  const taken = grants ?? []
  const { sets, chains } = grantParts(taken, projects, {
    lengths,
    ways: cuts ? ['out', 'back'] : ['out'],
  })
  const lookups = (way: 'out' | 'back') => (protocol: PortProtocol) =>
    grants ? grantRules(protocol, lengths, way) : []
  return {
    blocks: [
      ...(grants ? [...sets, ...chains] : []),
      ...(grants ? PORT_PROTOCOLS.map((p) => chain(`${p}_granted`, [], lookups('out')(p))) : []),
      ...(cuts ? flowChains(policy, { ...compiled, path, lookups: lookups('back') }) : []),
    ],
    established: cuts
      ? ['ct state related accept', 'ct state established jump flows']
      : ESTABLISHED,
    rules: grants ? [`${path.out} meta l4proto vmap { ${dispatch('jump', 'granted')} }`] : [],
  }
}

const dispatch = (verdict: string, name: string): string =>
  PORT_PROTOCOLS.map((protocol) => `${protocol} : ${verdict} ${protocol}_${name}`).join(', ')

interface Path {
  readonly out: string
  readonly back: string
  readonly from: ReadonlySet<string>
  readonly to: string
}

/** The interfaces between which grants open ports. */
function pathOf({ zones, hosts, grants }: Policy, links: Links): Path {
  const { from, to } = grants!
  const named = zones.filter(
    (zone) =>
      from.includes(zone) || hosts.some((one) => one.zone === zone && from.includes(one.name)),
  )
  const senders = new Set(named.map((zone) => links.get(zone)!))
  const target = links.get(to[0]!)!
  const [a, b] = [[...senders], [target]].map((some) => anonymousOf(some.map(existingInterface)))
  return {
    out: `iifname ${a} oifname ${b}`,
    back: `iifname ${b} oifname ${a}`,
    from: senders,
    to: target,
  }
}

interface Flows extends Compiled {
  readonly path: Path
  readonly lookups: (protocol: PortProtocol) => readonly string[]
}

/**
 * An established flow on the path of grants goes on only while it could be opened: its packets are
 * judged like new ones, and the answers by the same statements with both ends swapped.
 */
function flowChains(policy: Policy, flows: Flows): Block[] {
  const { path } = flows
  return [
    ...PORT_PROTOCOLS.map((protocol) =>
      chain(`${protocol}_replies`, [], replyRules(policy, protocol, flows)),
    ),
    chain(
      'flows',
      [],
      [
        `ct direction reply ${path.back} meta l4proto vmap { ${dispatch('goto', 'replies')} }`,
        `ct direction original ${path.out} meta l4proto { tcp, udp } return`,
        'accept',
      ],
    ),
  ]
}

function replyRules(
  { otherwise }: Policy,
  protocol: PortProtocol,
  { said, defaults, lookups, path }: Flows,
): string[] {
  const isOnPath = ({ hook, pair, protocols }: ZoneRule): boolean =>
    hook === 'forward' &&
    protocols.includes(protocol) &&
    pair.from.links.some((link) => path.from.has(link)) &&
    pair.to.links.includes(path.to)
  const mirrored = (rules: readonly ZoneRule[]): string[] => rules.filter(isOnPath).map(mirror)
  const rest = otherwise.at(-1)!.treatment === 'allow' ? 'accept' : 'drop'
  return [...mirrored(said), ...lookups(protocol), ...mirrored(defaults), `counter ${rest}`]
}

const OTHER_END: Readonly<Record<string, string>> = {
  iifname: 'oifname',
  oifname: 'iifname',
  saddr: 'daddr',
  daddr: 'saddr',
  dport: 'sport',
}

/** The rule for the answers. What is rejected cannot be rejected again. */
function mirror({ match, text }: ZoneRule): string {
  const words = match.replaceAll(
    /\b(?:[io]ifname|[sd]addr|dport)\b(?=(?:[^"]*"[^"]*")*[^"]*$)/g,
    (word) => OTHER_END[word]!,
  )
  const rest = text.slice(match.length).replace(/reject with (?:tcp reset|icmpx type \S+)/, 'drop')
  return `${words}${rest}`
}
