/** The statements of an egress policy by protocol: a section becomes a chain. */
import { PortSet } from '../net/port-set.ts'
import { lastNumber, type Protocol } from '../net/protocol.ts'
import type { Blocking, Clause } from '../policy/clause.ts'
import type { EgressPolicy, Section } from '../policy/egress/policy.ts'
import type { ExpectedBlocking } from '../policy/expectation.ts'
import { INTERNET, type Policy, PROJECT, type Statement } from '../policy/policy.ts'

/** Throws RangeError for a policy without projects. */
export function sectionsOf(policy: Policy): EgressPolicy {
  const { id, title, file, hosts, grants } = policy
  if (!policy.zones.includes(PROJECT))
    throw new RangeError(`policy ${id} is for zones: it has no projects`)
  return {
    ...{ id, title, file, hosts, direction: 'egress' },
    tcp: sectionOf(policy, 'tcp'),
    udp: sectionOf(policy, 'udp'),
    icmp: sectionOf(policy, 'icmp'),
    protocols: sectionOf(policy, 'ip'),
    inbound: inboundOf(policy),
    grants: { revoked: grants?.revoked ?? 'keep' },
  }
}

/** What projects send to the Internet. */
function sectionOf({ statements, otherwise }: Policy, protocol: Protocol): Section {
  const isOwn = ({ from, to, spoofed, traffic }: Statement): boolean =>
    !spoofed &&
    from.includes(PROJECT) &&
    to.includes(INTERNET) &&
    traffic.some((one) => one.protocol === protocol)
  const own = statements.filter(isOwn)
  const defaults = otherwise.filter(isOwn)
  const rest = defaults.at(-1)!
  const clauses = (some: readonly Statement[]): Clause[] =>
    some.flatMap((one) => clausesOf(one, protocol))
  return {
    deny: clauses(own.filter(({ treatment }) => treatment === 'deny')),
    allow: clauses(own.filter(({ treatment }) => treatment === 'allow')),
    denyByDefault: clauses(defaults.slice(0, -1)),
    otherwise: clauses([rest])[0]!,
    blocked: rejected(rest.by[protocol]),
  }
}

/** What anyone sends to a project. */
function inboundOf({ otherwise }: Policy): Section {
  const rest = otherwise.find(({ from, to }) => from.includes(INTERNET) && to.includes(PROJECT))!
  const { treatment, clause, by } = rest
  return {
    ...{ deny: [], allow: [], denyByDefault: [] },
    otherwise: { treatment, numbers: PortSet.of({ from: 0, to: lastNumber('tcp') }), ...clause },
    blocked: rejected(by.tcp),
  }
}

const clausesOf = (
  { treatment, traffic, clause }: Statement,
  protocol: Protocol,
): readonly Clause[] =>
  traffic
    .filter((one) => one.protocol === protocol)
    .map(({ numbers, family }) => ({
      treatment,
      numbers,
      ...(family === undefined ? {} : { family }),
      ...clause,
    }))

const rejected = (by: ExpectedBlocking): Blocking => (by === 'any' ? 'drop' : by)
