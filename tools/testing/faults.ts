/**
 * Wrong rulesets, each with the numbers that are wrong in it and no others:
 * what the harness must find, worked out by hand.
 */

import { PortSet } from '../../src/net/port-set.ts'
import { type Family, lastNumber, type Protocol } from '../../src/net/protocol.ts'
import { type Parts, REJECTING, RIGHT } from './ruleset.ts'

export interface Fault {
  readonly name: string
  /** Scenario that must notice. */
  readonly scenario: string
  readonly parts: Parts
  /** Where the fault shows from this source port only. */
  readonly sourcePort?: number
  /** Wrong numbers and what is seen of them, by `ipv4 tcp`; what is not named must be right. */
  readonly wrong: Readonly<Record<string, { readonly numbers: string; readonly seen: string }>>
}

const TCP_BLOCKED = '0-21,23-52,54-79,81-122,124-442,444-1024'
const UDP_BLOCKED = '0-21,23-52,54-79,81-122,124-442,444-65535'
const ALLOWED = '22,53,80,123,443'
const TCP_OPEN = `${ALLOWED},1025-65535`
const ICMP4_OPEN = '3,8,11-12'
const ICMP6_OPEN = '1-4,128'

const rest = (numbers: string, protocol: Protocol): string =>
  PortSet.parse(numbers)
    .complement()
    .intersect(PortSet.of({ from: 0, to: lastNumber(protocol) }))
    .toString()

const ICMP4_BLOCKED = rest(ICMP4_OPEN, 'icmp')
const ICMP6_BLOCKED = rest(ICMP6_OPEN, 'icmp')
// TCP, UDP and the family's own ICMP are probed with an ordinary packet that is allowed.
const IP4_BLOCKED = rest('1,6,17', 'ip')
const IP6_BLOCKED = rest('6,17,58', 'ip')

type Seen = Fault['wrong']
const in4 = (protocol: Protocol, numbers: string, seen: string): Seen => ({
  [`ipv4 ${protocol}`]: { numbers, seen },
})
const in6 = (protocol: Protocol, numbers: string, seen: string): Seen => ({
  [`ipv6 ${protocol}`]: { numbers, seen },
})
const both = (protocol: Protocol, numbers: string, seen: string): Seen => ({
  ...in4(protocol, numbers, seen),
  ...in6(protocol, numbers, seen),
})

const everythingOpen = (family: Family): Seen =>
  family === 4
    ? {
        ...in4('tcp', TCP_BLOCKED, 'open'),
        ...in4('udp', UDP_BLOCKED, 'open'),
        ...in4('icmp', ICMP4_BLOCKED, 'open'),
        ...in4('ip', IP4_BLOCKED, 'open'),
      }
    : {
        ...in6('tcp', TCP_BLOCKED, 'open'),
        ...in6('udp', UDP_BLOCKED, 'open'),
        ...in6('icmp', ICMP6_BLOCKED, 'open'),
        ...in6('ip', IP6_BLOCKED, 'open'),
      }

const egress = (name: string, parts: Partial<Parts>, wrong: Seen): Fault => ({
  name,
  scenario: 'default-egress',
  parts: { ...RIGHT, ...parts },
  wrong,
})

const reject = (name: string, parts: Partial<Parts>, wrong: Seen): Fault => ({
  name,
  scenario: 'default-egress-reject',
  parts: { ...REJECTING, ...parts },
  wrong,
})

const before = (rules: string, rule: string): string => `${rule}\n    ${rules}`

export const FAULTS: readonly Fault[] = [
  egress(
    'tcp/25 is open',
    { tcp: before(RIGHT.tcp, 'th dport 25 accept') },
    both('tcp', '25', 'open'),
  ),
  egress(
    '1–1023 instead of 1–1024',
    { tcp: RIGHT.tcp.replace('0-1024', '0-1023') },
    both('tcp', '1024', 'open'),
  ),
  egress(
    '1025 is blocked too',
    { tcp: RIGHT.tcp.replace('0-1024', '0-1025') },
    both('tcp', '1025', 'dropped'),
  ),
  egress('IPv6 is forgotten', { first: 'meta nfproto ipv6 accept' }, everythingOpen(6)),
  egress('IPv4 is forgotten', { first: 'meta nfproto ipv4 accept' }, everythingOpen(4)),
  egress('UDP is forgotten', { udp: 'accept' }, both('udp', UDP_BLOCKED, 'open')),
  egress(
    'UDP is open from 1024 up',
    { udp: before(RIGHT.udp, 'th dport 1024-65535 accept') },
    both('udp', '1024-65535', 'open'),
  ),
  egress(
    'an allowed port is missing for one protocol',
    { udp: RIGHT.udp.replace('123, ', '') },
    both('udp', '123', 'dropped'),
  ),
  egress(
    'tcp and udp are swapped',
    {
      dispatch: RIGHT.dispatch.replace(
        'tcp : goto tcp_out, udp : goto udp_out',
        'tcp : goto udp_out, udp : goto tcp_out',
      ),
    },
    { ...both('tcp', '1025-65535', 'dropped'), ...both('udp', '1025-65535', 'open') },
  ),
  egress(
    'there is no established rule',
    { established: '' },
    {
      ...both('tcp', TCP_OPEN, 'one-way'),
      ...both('udp', ALLOWED, 'one-way'),
      ...in4('icmp', '8', 'one-way'),
      ...in6('icmp', '128', 'one-way'),
      ...in4('ip', '1,6,17', 'one-way'),
      ...in6('ip', '6,17,58', 'one-way'),
    },
  ),
  reject(
    'dropped where a rejection was promised',
    { tcp: RIGHT.tcp },
    both('tcp', TCP_BLOCKED, 'dropped'),
  ),
  reject(
    'rejected in another way than promised',
    { tcp: RIGHT.tcp.replace(' drop', ' reject with icmpx type admin-prohibited') },
    both('tcp', TCP_BLOCKED, 'rejected'),
  ),
  reject(
    'UDP rejected with another code',
    { udp: RIGHT.udp.replace('drop', 'reject with icmpx type host-unreachable') },
    both('udp', UDP_BLOCKED, 'rejected'),
  ),
  egress(
    'rejected where silence was promised',
    { udp: RIGHT.udp.replace('drop', 'reject') },
    both('udp', UDP_BLOCKED, 'rejected'),
  ),
  egress(
    'the wrong hook',
    { hook: 'input', inbound: '' },
    { ...everythingOpen(4), ...everythingOpen(6) },
  ),
  egress(
    'the wrong interface',
    { link: 'shop1', inbound: '' },
    { ...everythingOpen(4), ...everythingOpen(6) },
  ),
  egress(
    'a port is redirected elsewhere',
    {
      more: `chain elsewhere {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "shop0" tcp dport 80 dnat ip to 203.0.113.10:8080
    iifname "shop0" tcp dport 80 dnat ip6 to [2001:db8:ffff::10]:8080
  }`,
    },
    both('tcp', '80', 'translated'),
  ),
  egress(
    'an accept stands above the restriction',
    { first: 'udp dport 1000-2000 accept' },
    both('udp', '1000-2000', 'open'),
  ),
  egress(
    'a set has one element too many',
    { udp: RIGHT.udp.replace('443 }', '443, 161 }') },
    both('udp', '161', 'open'),
  ),
  egress(
    'only even ports are blocked',
    { tcp: RIGHT.tcp.replace('th dport 0-1024 drop', 'th dport 0-1024 @th,16,16 & 1 == 0 drop') },
    both('tcp', odd(TCP_BLOCKED), 'open'),
  ),
  egress(
    'the default policy is flipped',
    { tcp: RIGHT.tcp.replace('\n    accept', '\n    drop') },
    both('tcp', '1025-65535', 'dropped'),
  ),
  egress(
    'one port high up is blocked',
    { tcp: before(RIGHT.tcp, 'th dport 65535 drop') },
    both('tcp', '65535', 'dropped'),
  ),
  egress(
    'port 0 is open',
    { tcp: RIGHT.tcp.replace('0-1024', '1-1024') },
    both('tcp', '0', 'open'),
  ),
  egress(
    'echo is blocked',
    { icmp: RIGHT.icmp.replace('echo-request, ', '') },
    { ...in4('icmp', '8', 'dropped'), ...in4('ip', '1', 'dropped') },
  ),
  egress(
    'timestamps are let out',
    { icmp: before(RIGHT.icmp, 'icmp type timestamp-request accept') },
    in4('icmp', '13', 'open'),
  ),
  egress(
    'GRE is let out',
    { others: before(RIGHT.others, 'meta l4proto 47 accept') },
    both('ip', '47', 'open'),
  ),
  {
    ...egress(
      'anything passes from source port 53',
      { first: 'udp sport 53 accept' },
      both('udp', UDP_BLOCKED, 'open'),
    ),
    sourcePort: 53,
  },
  {
    ...egress(
      'one port passes from one source port',
      { first: 'tcp sport 20 tcp dport 25 accept' },
      both('tcp', '25', 'open'),
    ),
    sourcePort: 20,
  },
  {
    name: 'a project can be reached from outside',
    scenario: 'unsolicited-inbound',
    parts: {
      ...RIGHT,
      inbound:
        'oifname "shop0" tcp dport != 5432 drop\n    oifname "shop0" meta l4proto != tcp drop',
    },
    wrong: both('tcp', '5432', 'open'),
  },
  {
    name: 'a spoofed packet is answered',
    scenario: 'spoofed-source',
    parts: {
      ...RIGHT,
      spoof: `${RIGHT.spoof.replaceAll('drop', 'meta l4proto { tcp, udp } reject')}\n    ${RIGHT.spoof}`,
    },
    wrong: {
      ...both('tcp', '0-65535', 'rejected'),
      ...both('udp', '0-65535', 'rejected'),
      ...both('ip', '6,17', 'rejected'),
    },
  },
  {
    name: 'any source address is let out',
    scenario: 'spoofed-source',
    parts: { ...RIGHT, spoof: '' },
    wrong: {
      ...both('tcp', TCP_OPEN, 'one-way'),
      ...both('udp', ALLOWED, 'one-way'),
      // Nothing answers an ICMP error, so its arrival is all there is to see.
      ...in4('icmp', ICMP4_OPEN, 'open, one-way'),
      ...in6('icmp', ICMP6_OPEN, 'open, one-way'),
      ...in4('ip', '1,6,17', 'one-way'),
      ...in6('ip', '6,17,58', 'one-way'),
    },
  },
]

function odd(numbers: string): string {
  return PortSet.of(...[...PortSet.parse(numbers)].filter((n) => n % 2 === 1)).toString()
}
