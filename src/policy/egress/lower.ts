/** An egress policy → the one form of policies: between projects and the Internet. */
import { FIREWALL } from '../../lab/lab.ts'
import { FAMILIES, PROTOCOLS, type Protocol } from '../../net/protocol.ts'
import type { Blocking, Clause } from '../clause.ts'
import { lowerStatements } from '../lower-statements.ts'
import {
  type BlockingByProtocol,
  INTERNET,
  type Policy,
  PROJECT,
  type Statement,
} from '../policy.ts'
import { EVERYTHING, whole } from '../statements.ts'
import type { EgressPolicy, FirewallSection, Section } from './policy.ts'

/** Lines of a section decide about what projects send to the Internet; `inbound` about what they are sent. */
export function lowerEgress(policy: EgressPolicy): Policy {
  const { id, title, source, file, grants } = policy
  const parts = [
    lowerSection('tcp', policy.tcp),
    lowerSection('udp', policy.udp),
    lowerSection('icmp', policy.icmp),
    lowerSection('ip', policy.protocols),
    ...(policy.firewall ? [lowerFirewall(policy.firewall)] : []),
  ]
  const at = { file, line: 1, column: 1 }
  return {
    id,
    title,
    ...(source === undefined ? {} : { source }),
    file,
    zones: [PROJECT, INTERNET],
    zonesAt: [at, at],
    hosts: policy.hosts,
    statements: [spoofed(at), ...parts.flatMap(({ statements }) => statements)],
    otherwise: [...parts.flatMap(({ otherwise }) => otherwise), inbound(policy.inbound)],
    grants: { ...grants, ...OUTBOUND },
  }
}

/** What is behind the firewall's links. */
const BEHIND = [PROJECT, INTERNET]
const OUTBOUND = { from: [PROJECT], to: [INTERNET] }
const INBOUND = { from: BEHIND, to: [PROJECT] }

/** A denial with `unless: allowed` is the default of its numbers. */
function lowerSection(
  protocol: Protocol,
  { deny, allow, denyByDefault, otherwise, blocked }: Section,
): Pick<Policy, 'statements' | 'otherwise'> {
  const lower = ({ numbers, family, singles, to, ...clause }: Clause): Statement => ({
    ...OUTBOUND,
    ...(to === undefined ? {} : { to }),
    ...saidBy(clause, blocked),
    traffic: [{ protocol, ...(family === undefined ? {} : { family }), numbers }],
    ...(singles === undefined ? {} : { singles }),
  })
  return {
    statements: [...deny, ...allow].map(lower),
    otherwise: [
      ...denyByDefault.map(lower),
      { ...OUTBOUND, ...saidBy(otherwise, blocked), traffic: [whole(protocol)] },
    ],
  }
}

/** From the firewall itself and to it. */
function lowerFirewall(section: FirewallSection): Pick<Policy, 'statements' | 'otherwise'> {
  const { statements, otherwise } = lowerStatements(section.statements)
  const rest = { ...section.otherwise, families: FAMILIES, traffic: EVERYTHING }
  return {
    statements,
    otherwise: [
      ...otherwise,
      { ...rest, from: BEHIND, to: [FIREWALL] },
      { ...rest, from: [FIREWALL], to: BEHIND },
    ],
  }
}

const inbound = ({ otherwise, blocked }: Section): Statement => ({
  ...INBOUND,
  ...saidBy(otherwise, blocked),
  traffic: EVERYTHING,
})

// A spoofed packet gets no answer, because the answer would go to another host.
const spoofed = (at: Clause['at']): Statement => ({
  ...OUTBOUND,
  ...saidBy({ treatment: 'deny', label: 'source address of another link', at }, 'drop'),
  traffic: EVERYTHING,
  spoofed: true,
})

function saidBy(
  { treatment, label, at, source, reason }: Omit<Clause, 'numbers'>,
  blocked: Blocking,
): Omit<Statement, 'from' | 'to' | 'traffic'> {
  return {
    treatment,
    by: inEveryProtocol(blocked),
    families: FAMILIES,
    clause: { label, at },
    ...(source === undefined ? {} : { source }),
    ...(reason === undefined ? {} : { reason }),
  }
}

const inEveryProtocol = (by: Blocking): BlockingByProtocol =>
  Object.fromEntries(PROTOCOLS.map((protocol) => [protocol, by])) as Record<Protocol, Blocking>
