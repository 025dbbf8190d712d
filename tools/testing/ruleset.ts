/**
 * The Zerops policy as an engineer would write it by hand, in parts that a
 * fault can replace. It shares nothing with the compiler, so that the tests of
 * the wire do not rest on it.
 */

/** Parts of the hand-written ruleset; every one has a right value. */
export interface Parts {
  readonly hook: string
  readonly link: string
  /** First rules of the forward chain. */
  readonly first: string
  readonly established: string
  readonly inbound: string
  readonly spoof: string
  readonly tcp: string
  readonly udp: string
  readonly icmp: string
  readonly icmp6: string
  readonly dispatch: string
  readonly others: string
  /** Further chains and sets. */
  readonly more: string
}

const ALLOWED = '{ 22, 53, 80, 123, 443 }'
const ERRORS4 = 'destination-unreachable, time-exceeded, parameter-problem'
const ERRORS6 = 'destination-unreachable, packet-too-big, time-exceeded, parameter-problem'

export const RIGHT: Parts = {
  hook: 'forward',
  link: 'shop0',
  first: '',
  established: 'ct state established,related accept',
  inbound: 'oifname "shop0" drop',
  spoof: `iifname "shop0" ip saddr != 10.20.1.0/24 drop
    iifname "shop0" ip6 saddr != 2001:db8:20:1::/64 drop`,
  tcp: `th dport ${ALLOWED} accept
    th dport 0-1024 drop
    accept`,
  udp: `th dport ${ALLOWED} accept
    drop`,
  icmp: `icmp type { echo-request, ${ERRORS4} } accept
    drop`,
  icmp6: `icmpv6 type { echo-request, ${ERRORS6} } accept
    drop`,
  dispatch:
    'meta l4proto vmap { tcp : goto tcp_out, udp : goto udp_out, icmp : goto icmp_out, icmpv6 : goto icmp6_out }',
  others: 'drop',
  more: '',
}

/** The same promise with rejections instead of silence. */
export const REJECTING: Parts = {
  ...RIGHT,
  tcp: RIGHT.tcp.replace(' drop', ' reject with tcp reset'),
  udp: RIGHT.udp.replace('drop', 'reject with icmpx type port-unreachable'),
}

export function rulesetOf(parts: Parts): string {
  return `table inet handmade {
  chain source {
    type filter hook ${parts.hook} priority filter - 10; policy accept;
    ${parts.spoof}
  }
  chain egress {
    type filter hook ${parts.hook} priority filter; policy accept;
    ${parts.first}
    ${parts.established}
    ${parts.inbound}
    iifname "${parts.link}" goto out
  }
  chain out {
    ${parts.dispatch}
    ${parts.others}
  }
  chain tcp_out {
    ${parts.tcp}
  }
  chain udp_out {
    ${parts.udp}
  }
  chain icmp_out {
    ${parts.icmp}
    drop
  }
  chain icmp6_out {
    ${parts.icmp6}
    drop
  }
  ${parts.more}
}
`
}
