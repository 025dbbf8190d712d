/**
 * What an egress policy says of its hosts, as numbers: which ones a line decides beside the lines
 * about every address, and which ones are open towards a host.
 */
import { PortSet } from '../net/port-set.ts'
import { type Family, lastNumber, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { addressOfHost, hostAddressText } from '../policy/host-address.ts'
import {
  INTERNET,
  type Policy,
  type PolicyHost,
  PROJECT,
  type Statement,
} from '../policy/policy.ts'

export interface Kind {
  readonly protocol: Protocol
  readonly family: Family
}

/** One line about one host. */
export interface HostLine {
  readonly host: PolicyHost
  readonly statement: Statement
}

/** In the order in which they beat each other. */
export interface HostLines {
  readonly deny: readonly HostLine[]
  readonly allow: readonly HostLine[]
  readonly defaults: readonly HostLine[]
}

/**
 * Their rules stand before those about every address. So an allow is without the numbers that are
 * denied towards every address, and a default without those that are allowed.
 */
export function hostLinesOf(policy: Policy): HostLines {
  const { deny, allow, defaults } = outbound(policy)
  const general = (some: readonly Statement[]) => some.filter(({ to }) => to.includes(INTERNET))
  const lines = (some: readonly Statement[], before: readonly Statement[]): HostLine[] =>
    policy.hosts.flatMap((host) =>
      some
        .filter(({ to }) => !to.includes(INTERNET) && to.includes(host.name))
        .map((statement) => ({ host, statement: withoutNumbersOf(statement, before) })),
    )
  const denied = general(deny)
  return {
    deny: lines(deny, []),
    allow: lines(allow, denied),
    defaults: lines(defaults, [...denied, ...general(allow)]),
  }
}

/** What projects send to the Internet. */
function outbound({ statements, otherwise }: Policy) {
  const isOwn = ({ from, spoofed }: Statement): boolean => !spoofed && from.includes(PROJECT)
  const own = statements.filter(isOwn)
  return {
    deny: own.filter(({ treatment }) => treatment === 'deny'),
    allow: own.filter(({ treatment }) => treatment === 'allow'),
    defaults: otherwise.filter(isOwn),
  }
}

function withoutNumbersOf(statement: Statement, others: readonly Statement[]): Statement {
  if (others.length === 0) return statement
  const traffic = PROTOCOLS.flatMap((protocol) =>
    statement.families.flatMap((family) => {
      const kind = { protocol, family }
      const numbers = numbersOf([statement], kind).subtract(numbersOf(others, kind))
      return numbers.isEmpty ? [] : [{ ...kind, numbers }]
    }),
  )
  return { ...statement, traffic }
}

function numbersOf(statements: readonly Statement[], { protocol, family }: Kind): PortSet {
  const ranges = statements
    .filter(({ families }) => families.includes(family))
    .flatMap(({ traffic }) => traffic)
    .filter((one) => one.protocol === protocol && (one.family ?? family) === family)
    .flatMap(({ numbers }) => numbers.ranges)
  return PortSet.from(ranges)
}

/** How a host differs from every other address, without grants. */
export interface HostDifference {
  readonly host: PolicyHost
  readonly address: string
  /** No grant opens them. */
  readonly denied: PortSet
  readonly open: PortSet
  /** A grant may open them. */
  readonly closed: PortSet
  readonly lines: readonly Statement[]
}

/** Of the hosts that have lines about the protocol and an address of the family. */
export function differencesOf(policy: Policy, kind: Kind): HostDifference[] {
  const { deny, allow, defaults } = outbound(policy)
  const about = (some: readonly Statement[], name: string): Statement[] =>
    some.filter(({ to }) => to.includes(INTERNET) || to.includes(name))
  const openTo = (name: string): PortSet => {
    const [no, yes] = [numbersOf(about(deny, name), kind), numbersOf(about(allow, name), kind)]
    const named = about(defaults, name).filter((one) => one.treatment === 'deny')
    const all = PortSet.of({ from: 0, to: lastNumber(kind.protocol) })
    const rest = all.subtract(numbersOf(named, kind))
    return rest.union(yes).subtract(no)
  }
  const everywhere = openTo(INTERNET)
  return policy.hosts.flatMap((host) => {
    const isOwn = ({ to, traffic }: Statement): boolean =>
      !to.includes(INTERNET) &&
      to.includes(host.name) &&
      traffic.some(({ protocol }) => protocol === kind.protocol)
    const lines = [...deny, ...allow, ...defaults].filter(isOwn)
    const address = addressOfHost(host, kind.family)
    if (!address || lines.length === 0) return []
    const own = openTo(host.name)
    const denied = numbersOf(deny.filter(isOwn), kind)
    return [
      {
        host,
        address: hostAddressText(address),
        denied,
        open: own.subtract(everywhere),
        closed: everywhere.subtract(own).subtract(denied),
        lines,
      },
    ]
  })
}
