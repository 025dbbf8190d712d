/** A statement of a policy for zones → its rules: as few as say the same. */

import { PortSet } from '../net/port-set.ts'
import { FAMILIES, type Family, lastNumber, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import type { Policy, Statement, Traffic } from '../policy/policy.ts'
import { existingInterface } from '../quote/nft.ts'
import { origin } from './origin.ts'
import { ICMP, icmpMatch, icmpOver, portMatch, protocolMatch, TCP, UDP } from './packets.ts'
import { anonymousOf, blockingVerdict } from './text.ts'
import { addressOf, type End, type Hook, type Links, type Pair, pairsOf } from './zone-ends.ts'

export interface ZoneRule {
  readonly hook: Hook
  readonly text: string
}

/** Text that matches packets. Whether it says itself of which family they are. */
interface Match {
  readonly text: string
  readonly isOfFamily: boolean
}

export function rulesOf(policy: Policy, links: Links, statement: Statement): ZoneRule[] {
  return pairsOf(policy, links, statement).flatMap((pair) => rulesBetween(pair, statement))
}

export function rulesBetween(pair: Pair, statement: Statement): ZoneRule[] {
  return packetsOf(statement).flatMap(({ verdict, over }) =>
    overFamilies(statement.families, (family) => matchOf(pair, over(family), family)).map(
      (match) => ({
        hook: pair.hook,
        text: [...match, 'counter', `${verdict}${origin([statement.clause])}`].join(' '),
      }),
    ),
  )
}

/** One text for both families if it is the same for both. */
function overFamilies(
  families: readonly Family[],
  matchIn: (family: Family) => Match | undefined,
): string[][] {
  const found = FAMILIES.filter((family) => families.includes(family)).flatMap((family) => {
    const match = matchIn(family)
    return match ? [{ family, ...match }] : []
  })
  const [one, other] = found
  if (one && other && one.text === other.text) return [words(one.text)]
  return found.map(({ family, text, isOfFamily }) => [
    ...(isOfFamily ? [] : [`meta nfproto ${ICMP[family].nfproto}`]),
    ...words(text),
  ])
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
  if (end.set !== undefined) return [`${link} ${end.set}`]
  const interfaces =
    end.links.length === 0 ? [] : [`${link} ${anonymousOf(end.links.map(existingInterface))}`]
  if (!end.host) return interfaces
  const address = addressOf(end, family)
  if (!address) return undefined
  return [...interfaces, `${family === 4 ? 'ip' : 'ip6'} ${field} ${address.address}`]
}

interface Packets {
  readonly verdict: string
  over(family: Family): Match | undefined
}

/** What a statement is about, by protocol; every packet at once where it can be. */
function packetsOf({ traffic, treatment, by }: Statement): Packets[] {
  const verdict = (protocol: Protocol): string =>
    treatment === 'allow' ? 'accept' : blockingVerdict(by[protocol])
  const numbers = (protocol: Protocol, family: Family): PortSet =>
    numbersOf(traffic, protocol, family)
  const isWhole = PROTOCOLS.every(
    (protocol) =>
      verdict(protocol) === verdict('ip') &&
      FAMILIES.every((family) => numbers(protocol, family).size === lastNumber(protocol) + 1),
  )
  if (isWhole) return [{ verdict: verdict('ip'), over: () => ({ text: '', isOfFamily: false }) }]
  return PROTOCOLS.map((protocol) => ({
    verdict: verdict(protocol),
    over: (family) => packetMatch(protocol, family, numbers(protocol, family)),
  }))
}

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
    case 'ip': {
      // Those with their own words in policies: TCP, UDP and the family's ICMP.
      const others = numbers.subtract(PortSet.of(TCP, UDP, ICMP[family].number))
      return others.isEmpty ? undefined : { text: protocolMatch(others), isOfFamily: false }
    }
    default:
      throw new Error(`unknown protocol ${protocol satisfies never}`)
  }
}
