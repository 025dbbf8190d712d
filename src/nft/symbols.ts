/**
 * Symbolic names in nft's JSON, and their numbers. Source: `nft describe`, and /etc/protocols of
 * Debian 12.
 */
import type { Family } from '../net/protocol.ts'
import type { Field } from './facts.ts'

type Table = Readonly<Record<string, number>>

/** `a b 3 c` → a: 0, b: 1, c: 3. A number sets the counter; each name takes the next value. */
function count(text: string): Table {
  let n = 0
  const table: Record<string, number> = {}
  for (const word of text.split(/\s+/))
    if (/^\d+$/.test(word)) n = Number(word)
    else table[word] = n++
  return table
}

const PROTOCOLS: Table = count(
  `ip icmp igmp ggp ipencap st tcp 8 egp igp 12 pup 17 udp 20 hmp 22 xns-idp 27 rdp 29 iso-tp4
   33 dccp 36 xtp ddp idpr-cmtp 41 ipv6 43 ipv6-route ipv6-frag idrp rsvp gre 50 esp ah 57 skip
   ipv6-icmp ipv6-nonxt ipv6-opts 73 rspf 81 vmtp 88 eigrp ospf 93 ax.25 ipip 97 etherip encap
   103 pim 108 ipcomp 112 vrrp 115 l2tp 124 isis 132 sctp fc 135 mobility-header udplite
   mpls-in-ip manet hip shim6 wesp rohc ethernet 0 hopopt 58 icmpv6`,
)

const ICMP: Table = count(
  `echo-reply 3 destination-unreachable source-quench redirect 8 echo-request router-advertisement
   router-solicitation time-exceeded parameter-problem timestamp-request timestamp-reply
   info-request info-reply address-mask-request address-mask-reply`,
)

const ICMPV6: Table = count(
  `1 destination-unreachable packet-too-big time-exceeded parameter-problem 128 echo-request
   echo-reply mld-listener-query mld-listener-report mld-listener-done 132 mld-listener-reduction
   nd-router-solicit nd-router-advert nd-neighbor-solicit nd-neighbor-advert nd-redirect
   router-renumbering 141 ind-neighbor-solicit ind-neighbor-advert mld2-listener-report`,
)

const ICMP_CODES: Table = count(
  `net-unreachable host-unreachable prot-unreachable port-unreachable frag-needed
   9 net-prohibited host-prohibited 13 admin-prohibited`,
)

const ICMPV6_CODES: Table = count(
  'no-route admin-prohibited 3 addr-unreachable port-unreachable policy-fail reject-route',
)

const DSCP: Table = count(
  `cs0 0 df 0 be lephb 8 cs1 10 af11 12 af12 14 af13 16 cs2 18 af21 20 af22 22 af23 24 cs3
   26 af31 28 af32 30 af33 32 cs4 34 af41 36 af42 38 af43 40 cs5 44 va 46 ef 48 cs6 56 cs7`,
)

const FLAGS: Table = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 }

/** The number of a name; undefined if the name is unknown. */
export function numberNamed(
  field: Field,
  family: Family | undefined,
  name: string,
): number | undefined {
  const table = tableOf(field, family)
  return table && Object.hasOwn(table, name) ? table[name] : undefined
}

export const protocolNumber = (name: string): number | undefined =>
  Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined

function tableOf(field: Field, family: Family | undefined): Table | undefined {
  switch (field) {
    case 'protocol':
      return PROTOCOLS
    case 'icmpType':
      return family === 6 ? ICMPV6 : ICMP
    case 'icmpCode':
      return family === 6 ? ICMPV6_CODES : ICMP_CODES
    case 'dscp':
      return DSCP
    case 'tcpFlags':
      return FLAGS
    default:
      return undefined
  }
}
