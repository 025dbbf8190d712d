/**
 * The rules about the hosts of an egress policy. They stand before the rules about every address,
 * in the same order: deny, allow, deny by default.
 */

import type { PortSet } from '../net/port-set.ts'
import { FAMILIES, PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import type { Policy } from '../policy/policy.ts'
import { differencesOf, type HostDifference, type HostLine, hostLinesOf } from './host-lines.ts'
import { origin } from './origin.ts'
import { portMatch } from './packets.ts'
import { Reach } from './reach.ts'
import type { Pair } from './zone-ends.ts'
import { rulesBetween } from './zone-rules.ts'

/** The chain of a protocol's grants that a rule asks before it denies by default. Absent: there are none. */
export type GrantChain = (protocol: PortProtocol) => string

export interface HostRules {
  readonly rules: readonly string[]
  /** The protocols whose grants are asked. */
  readonly asking: ReadonlySet<PortProtocol>
}

/** `from`: the set of links that the packets come from; absent: earlier rules have taken all others. */
export function hostRules(policy: Policy, from?: string, grants?: GrantChain): HostRules {
  const reach = new Reach()
  const { deny, allow, defaults } = hostLinesOf(policy)
  const rulesOf = ({ host, statement }: HostLine) => {
    const sender = from === undefined ? {} : { set: from }
    const pair: Pair = { hook: 'forward', from: { links: [], ...sender }, to: { links: [], host } }
    return rulesBetween(pair, statement, reach)
  }
  const asking = new Set<PortProtocol>()
  const before = [...deny, ...allow].flatMap(rulesOf).map(({ text }) => text)
  const after = defaults.flatMap((line) => {
    const protocol = PORT_PROTOCOLS.find((one) => line.statement.traffic[0]?.protocol === one)
    return rulesOf(line).flatMap(({ match, text }) => {
      if (!grants || !protocol) return [text]
      asking.add(protocol)
      return [`${match} jump ${grants(protocol)}`, text]
    })
  })
  return { rules: [...before, ...after], asking }
}

/** Replies of hosts, where the policy decides otherwise about them than about every address. */
export function hostReplyRules(policy: Policy, back: string, grants?: GrantChain): HostRules {
  const asking = new Set<PortProtocol>()
  const rules = PORT_PROTOCOLS.flatMap((protocol) =>
    FAMILIES.flatMap((family) =>
      differencesOf(policy, { protocol, family }).flatMap((one) => {
        const ip = family === 4 ? 'ip' : 'ip6'
        const match = (ports: PortSet): string =>
          `${back}oifname @project_links ${ip} saddr ${one.address} ${portMatch(protocol, ports).replace('dport', 'sport')}`
        if (grants && !one.closed.isEmpty) asking.add(protocol)
        return replyRulesOf(one, match, grants?.(protocol))
      }),
    ),
  )
  return { rules, asking }
}

function replyRulesOf(
  { denied, open, closed, lines }: HostDifference,
  match: (ports: PortSet) => string,
  chain: string | undefined,
): string[] {
  const from = origin(
    lines.map(({ clause }) => clause),
    'replies: ',
  )
  const rule = (ports: PortSet, verdict: string): string[] =>
    ports.isEmpty ? [] : [`${match(ports)} counter ${verdict}${from}`]
  return [
    ...rule(denied, 'drop'),
    ...rule(open, 'accept'),
    ...(chain === undefined || closed.isEmpty ? [] : [`${match(closed)} jump ${chain}`]),
    ...rule(closed, 'drop'),
  ]
}
