/** A statement of a policy for zones → its rules: as few as say the same. */

import { PortSet } from '../net/port-set.ts'
import { FAMILIES, type Family, lastNumber, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { addressOfHost, hostAddressText } from '../policy/host-address.ts'
import type { Policy, Statement, Traffic } from '../policy/policy.ts'
import { existingInterface } from '../quote/nft.ts'
import { origin } from './origin.ts'
import { ICMP, icmpMatch, icmpOver, portMatch, protocolMatch, TCP, UDP } from './packets.ts'
import type { Numbers, Reach } from './reach.ts'
import { anonymousOf, blockingVerdict } from './text.ts'
import { type End, type Hook, type Links, type Pair, pairsOf } from './zone-ends.ts'

export interface ZoneRule {
  readonly hook: Hook
  readonly text: string
  /** Its conditions, as the text begins. */
  readonly match: string
  readonly pair: Pair
  readonly protocols: readonly Protocol[]
}

/** Text that matches packets. Whether it says itself of which family they are. */
interface Match {
  readonly text: string
  readonly isOfFamily: boolean
}

/** `reach`: of the rules before. A rule that no packet reaches is left out. */
export function rulesOf(
  policy: Policy,
  links: Links,
  statement: Statement,
  reach: Reach,
): ZoneRule[] {
  return pairsOf(policy, links, statement).flatMap((pair) => rulesBetween(pair, statement, reach))
}

export function rulesBetween(pair: Pair, statement: Statement, reach: Reach): ZoneRule[] {
  return packetsOf(statement).flatMap(({ verdict, numbers, over }) =>
    overFamilies(statement.families, (family) => matchOf(pair, over(family), family))
      .filter(({ families }) => reach.add(pair, families.flatMap(numbers)))
      .map(({ match }) => ({
        hook: pair.hook,
        text: [...match, 'counter', `${verdict}${origin([statement.clause])}`].join(' '),
        match: match.join(' '),
        pair,
        protocols: numbers(FAMILIES[0]!).map(({ protocol }) => protocol),
      })),
  )
}

/** The numbers of a statement, as its rules match them. */
export const numbersOfRules = (statement: Statement): Numbers[] =>
  packetsOf(statement).flatMap(({ numbers }) => statement.families.flatMap(numbers))

interface Written {
  readonly match: readonly string[]
  readonly families: readonly Family[]
}

/** One text for both families if it is the same for both. */
function overFamilies(
  families: readonly Family[],
  matchIn: (family: Family) => Match | undefined,
): Written[] {
  const found = FAMILIES.filter((family) => families.includes(family)).flatMap((family) => {
    const match = matchIn(family)
    return match ? [{ family, ...match }] : []
  })
  const [one, other] = found
  if (one && other && one.text === other.text)
    return [{ match: words(one.text), families: FAMILIES }]
  return found.map(({ family, text, isOfFamily }) => ({
    match: [...(isOfFamily ? [] : [`meta nfproto ${ICMP[family].nfproto}`]), ...words(text)],
    families: [family],
  }))
}

const words = (text: string): string[] => (text === '' ? [] : [text])

/** Undefined if one of the ends has no address of the family, or the packets are not of it. */
function matchOf(
  { from, to }: Pair,
  packets: Match | undefined,
  family: Family,
): Match | undefined {
  const ends = [endMatch(from, 'from', family), endMatch(to, 'to', family)]
  if (!packets || ends.includes(undefined)) return undefined
  return {
    text: [...ends.flatMap((end) => end!), packets.text].filter((part) => part !== '').join(' '),
    isOfFamily: packets.isOfFamily || from.host !== undefined || to.host !== undefined,
  }
}

const FIELDS = { from: ['iifname', 'saddr'], to: ['oifname', 'daddr'] } as const

function endMatch(end: End, side: 'from' | 'to', family: Family): string[] | undefined {
  const [link, field] = FIELDS[side]
  const interfaces = linkMatch(end, link)
  if (!end.host) return interfaces
  const address = hostMatch(end, field, family)
  return address === undefined ? undefined : [...interfaces, address]
}

function linkMatch({ links, set }: End, link: string): string[] {
  if (set !== undefined) return [`${link} ${set}`]
  return links.length === 0 ? [] : [`${link} ${anonymousOf(links.map(existingInterface))}`]
}

/** Undefined if the host has no address of the family. */
function hostMatch({ host }: End, field: string, family: Family): string | undefined {
  const address = host && addressOfHost(host, family)
  return address && `${family === 4 ? 'ip' : 'ip6'} ${field} ${hostAddressText(address)}`
}

interface Packets {
  readonly verdict: string
  /** The numbers that are matched, by protocol. */
  numbers(family: Family): Numbers[]
  over(family: Family): Match | undefined
}

/** What a statement is about, by protocol; every packet at once where it can be. */
function packetsOf({ traffic, treatment, by }: Statement): Packets[] {
  const verdict = (protocol: Protocol): string =>
    treatment === 'allow' ? 'accept' : blockingVerdict(by[protocol])
  const numbers = (protocol: Protocol, family: Family): PortSet =>
    numbersOf(traffic, protocol, family)
  const own = (protocol: Protocol, family: Family): Numbers => {
    const all = numbers(protocol, family)
    return { family, protocol, numbers: protocol === 'ip' ? othersIn(all, family) : all }
  }
  const isWhole = PROTOCOLS.every(
    (protocol) =>
      verdict(protocol) === verdict('ip') &&
      FAMILIES.every((family) => numbers(protocol, family).size === lastNumber(protocol) + 1),
  )
  if (isWhole)
    return [
      {
        verdict: verdict('ip'),
        numbers: (family) => PROTOCOLS.map((protocol) => own(protocol, family)),
        over: () => ({ text: '', isOfFamily: false }),
      },
    ]
  return PROTOCOLS.map((protocol) => ({
    verdict: verdict(protocol),
    numbers: (family) => [own(protocol, family)],
    over: (family) => packetMatch(protocol, family, own(protocol, family).numbers),
  }))
}

/** Without the protocols with their own words in policies: TCP, UDP and the family's ICMP. */
const othersIn = (numbers: PortSet, family: Family): PortSet =>
  numbers.subtract(PortSet.of(TCP, UDP, ICMP[family].number))

function numbersOf(traffic: readonly Traffic[], protocol: Protocol, family: Family): PortSet {
  const own = traffic.filter(
    (one) => one.protocol === protocol && (one.family ?? family) === family,
  )
  return PortSet.from(own.flatMap(({ numbers }) => numbers.ranges))
}

function packetMatch(protocol: Protocol, family: Family, numbers: PortSet): Match | undefined {
  if (numbers.isEmpty) return undefined
  switch (protocol) {
    case 'tcp':
    case 'udp':
      return { text: portMatch(protocol, numbers), isOfFamily: false }
    case 'icmp':
      return {
        text: numbers.size === 256 ? icmpOver(family) : icmpMatch(family, numbers),
        isOfFamily: true,
      }
    case 'ip':
      return { text: protocolMatch(numbers), isOfFamily: false }
    default:
      throw new Error(`unknown protocol ${protocol satisfies never}`)
  }
}
