/** What nft on this machine lists, and what is read from it: the shapes of the unit tests are those of nft itself. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import {
  boundaryNumbers,
  linkClasses,
  portClasses,
} from '../../src/analysis/equivalence-classes.ts'
import { factsOf } from '../../src/analysis/extract.ts'
import type { Inspection } from '../../src/firewall/firewall.ts'
import type { RuleFacts } from '../../src/nft/facts.ts'
import { NO_NAMES } from '../../tools/testing/nft.ts'
import { AS_JSON, AS_TEXT } from './inspect.ts'

const LISTS = `nft ${AS_JSON.join(' ')}; echo; echo ==; nft ${AS_TEXT.join(' ')}`

function inspected(command: string, input: string, before = ':'): Inspection {
  const script = `${command}\n${before}\n${LISTS}`
  const run = ['--user', '--map-root-user', '--net', '--mount', 'sh', '-ec', script]
  const output = execFileSync('unshare', run, {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const [json, listing] = output.split('\n==\n')
  return { nft: JSON.parse(json!), listing: listing!, legacy: {} }
}

const RULES = `
table inet f {
  set net { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.1.1-192.168.1.9 }; }
  map to { type inet_service : verdict; flags interval; elements = { 22 : accept, 80-90 : drop }; }
  set seen { type ipv4_addr; flags dynamic, timeout; timeout 30s; }
  chain in {
    type filter hook input priority 0; policy drop;
    iifname "eth*" ip saddr @net tcp dport vmap @to
    ip6 saddr . udp sport { 2001:db8::/32 . 53, fd00::1 . 123 } accept
    icmp type { echo-request, 42 } limit rate 5/second accept
    meta length > 1000 ip ttl lt 5 drop
    update @seen { ip saddr }
    ip saddr @seen counter
    tcp flags & (fin|syn) == fin|syn drop
  }
  chain pre {
    type nat hook prerouting priority -100;
    ip daddr 203.0.113.1 tcp dport 8080 dnat ip to 10.0.0.5:80
  }
}`

test('facts of a ruleset of nft', () => {
  const facts = factsOf(inspected('nft -f -', RULES))
  const count = (field: string): number =>
    facts.comparisons.filter((one) => one.field === field).length
  expect([
    count('source'),
    count('destinationPort'),
    count('sourcePort'),
    count('length'),
    count('ttl'),
  ]).toEqual([4, 3, 2, 1, 1])
  expect(boundaryNumbers(portClasses([facts], { family: 4, protocol: 'tcp' })).toString()).toBe(
    '0,21-23,79-80,90-91,8079-8081,65535',
  )
  expect(linkClasses([facts], ['eth0', 'eth1', 'wan'])).toEqual([['eth0', 'eth1'], ['wan']])
  expect(facts.statefulRules.map(({ kind, burst }) => [kind, burst])).toEqual([
    ['limit', 11],
    ['set', 2],
  ])
  expect(facts.opaque).toEqual([])
  expect(count('tcpFlags')).toBe(1)
  expect(facts.translations).toMatchObject([
    { kind: 'dnat', family: 4, ports: [[80, 80]], destinations: [[0xcb007101n, 0xcb007101n]] },
  ])
  expect([...facts.hooks[6]].sort()).toEqual(['input', 'prerouting'])
})

const SAVED = `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m multiport --dports 22,80:90 -j ACCEPT
-A INPUT -m iprange --src-range 10.0.0.1-10.0.0.9 -j ACCEPT
-A INPUT -m addrtype --dst-type LOCAL -m limit --limit 5/min -j ACCEPT
COMMIT
`

test('facts of iptables-nft, whose JSON says less than its listing', () => {
  const facts = factsOf(inspected('iptables-nft-restore', SAVED))
  expect(boundaryNumbers(portClasses([facts], { family: 4, protocol: 'tcp' })).toString()).toBe(
    '0,21-23,79-80,90-91,65535',
  )
  expect(facts.comparisons.find(({ field }) => field === 'source')!.intervals).toEqual([
    [0x0a000001n, 0x0a000009n],
  ])
  expect(facts.statefulRules.map(({ kind }) => kind)).toEqual(['limit'])
  expect(facts.opaque.map(({ what }) => what)).toEqual(['xt addrtype'])
  expect([...facts.hooks[4]]).toEqual(['input'])
})

/** As on another distribution. */
const OTHER_NAMES = `${NO_NAMES}
printf '%s\\n' 'icmpone 1' 'stream 6' 'datagram 17' 'six 58' 'ospfigp 89' > /etc/protocols`

const NAMED = `
table inet f {
  map by { type inet_proto : verdict; elements = { icmpv6 : accept, tcp : drop, 89 : accept }; }
  chain in {
    type filter hook input priority 0; policy drop;
    meta l4proto { tcp, icmpv6, 47 } th dport 22 accept
    meta l4proto icmpv6 limit rate 5/second accept
    ip protocol != icmp drop
    ip6 nexthdr icmpv6 accept
    meta l4proto vmap @by
    meta l4proto . th dport { tcp . 80, 17 . 53 } accept
    ct original protocol udp accept
  }
}`

test.each([
  ['nft -f -', NAMED, 11],
  [
    'iptables-nft-restore',
    SAVED.replace('COMMIT', '-A INPUT -p icmp -m addrtype --dst-type LOCAL -j DROP\nCOMMIT'),
    4,
  ],
])('%s: the facts do not depend on /etc/protocols', (command, input, comparisons) => {
  const given = [':', NO_NAMES, OTHER_NAMES].map((before) => inspected(command, input, before))
  expect(new Set(given.map(({ listing }) => listing)).size).toBe(given.length)
  const [first, ...others] = given.map((inspection) => textOf(factsOf(inspection)))
  for (const other of others) expect(other).toBe(first)
  expect(factsOf(given[0]!).comparisons).toHaveLength(comparisons)
})

/** What a report shows of a rule is as this machine's nft lists it, so it is left out. */
function textOf(facts: RuleFacts): string {
  return JSON.stringify(facts, (key, value) => {
    if (key === 'text') return ''
    if (value instanceof Set || value instanceof Map) return [...value]
    return typeof value === 'bigint' ? `${value}` : value
  })
}
