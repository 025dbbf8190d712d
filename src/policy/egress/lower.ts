/** An egress policy → the one form of policies: between projects and the Internet. */
import { FAMILIES, PROTOCOLS, type Protocol } from '../../net/protocol.ts'
import type { Blocking, Clause } from '../clause.ts'
import {
  ANY,
  type BlockingByProtocol,
  INTERNET,
  type Policy,
  PROJECT,
  type Statement,
} from '../policy.ts'
import { EVERYTHING, whole } from '../statements.ts'
import type { EgressPolicy, Section } from './policy.ts'

/** Lines of a section decide about what projects send to the Internet; `inbound` about what they are sent. */
export function lowerEgress(policy: EgressPolicy): Policy {
  const { id, title, source, file, grants } = policy
  const sections = [
    lowerSection('tcp', policy.tcp),
    lowerSection('udp', policy.udp),
    lowerSection('icmp', policy.icmp),
    lowerSection('ip', policy.protocols),
  ]
  const at = { file, line: 1, column: 1 }
  return {
    id,
    title,
    ...(source === undefined ? {} : { source }),
    file,
    zones: [PROJECT, INTERNET],
    zonesAt: [at, at],
    hosts: [],
    statements: [spoofed(at), ...sections.flatMap(({ statements }) => statements)],
    otherwise: [...sections.flatMap(({ otherwise }) => otherwise), inbound(policy.inbound)],
    grants: { ...grants, ...OUTBOUND },
  }
}

const OUTBOUND = { from: [PROJECT], to: [INTERNET] }
const INBOUND = { from: [ANY], to: [PROJECT] }

/** A denial with `unless: allowed` is the default of its numbers. */
function lowerSection(
  protocol: Protocol,
  { deny, allow, denyByDefault, otherwise, blocked }: Section,
): Pick<Policy, 'statements' | 'otherwise'> {
  const lower = ({ numbers, family, singles, ...clause }: Clause): Statement => ({
    ...OUTBOUND,
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
