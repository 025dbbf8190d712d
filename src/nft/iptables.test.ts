import { describe, expect, test } from 'vitest'
import { factsOf } from '../analysis/extract.ts'
import { addressOfNumber } from '../net/address.ts'
import type { RuleFacts } from './facts.ts'
import { inspectionOf } from './facts-fixtures.ts'

const save = (rule: string, table = 'filter'): string =>
  `*${table}\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:own - [0:0]\n${rule}\nCOMMIT\n`
const legacy = (rule: string, table?: string): RuleFacts =>
  factsOf({ nft: { nftables: [] }, listing: '', legacy: { 4: save(rule, table) } })

/** `source 10.0.0.0-10.255.255.255`; protocols only where they are all there is. */
function told({ comparisons, interfaces }: RuleFacts): string[] {
  const fields = comparisons.filter(({ field }) => field !== 'protocol' || comparisons.length === 1)
  return [
    ...fields.map(
      ({ field, intervals, mask, protocol }) =>
        `${protocol ? `${protocol} ` : ''}${field} ${intervals.map(([a, b]) => [a, b].map((n) => (typeof n === 'bigint' ? addressOfNumber(4, n) : n)).join('-')).join(',')}${mask === undefined ? '' : ` & ${mask}`}`,
    ),
    ...interfaces.map(({ direction, names }) => `${direction} ${names}`),
  ]
}

describe('iptables-save', () => {
  test.each<[string, string[]]>([
    [
      '-A INPUT -s 10.0.0.0/8 ! -d 192.168.1.1/32 -j ACCEPT',
      ['source 10.0.0.0-10.255.255.255', 'destination 192.168.1.1-192.168.1.1'],
    ],
    ['-A INPUT -s 10.0.0.0/255.255.0.0 -j DROP', ['source 10.0.0.0-10.0.255.255']],
    ['-A INPUT -i eth+ -j ACCEPT', ['in eth*']],
    ['-A FORWARD ! -o wan0 -j ACCEPT', ['out wan0']],
    [
      '-A INPUT -p tcp -m multiport --dports 22,80:90,443 -j ACCEPT',
      ['tcp destinationPort 22-22,80-90,443-443'],
    ],
    ['-A INPUT -p udp -m udp --sport 1024: -j ACCEPT', ['udp sourcePort 1024-65535']],
    [
      '-A INPUT -p tcp -m multiport --ports 22 -j ACCEPT',
      ['tcp sourcePort 22-22', 'tcp destinationPort 22-22'],
    ],
    ['-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT', ['icmp icmpType 8-8']],
    [
      '-A INPUT -p icmp -m icmp --icmp-type 3/4 -j ACCEPT',
      ['icmp icmpType 3-3', 'icmp icmpCode 4-4'],
    ],
    ['-A INPUT -m dscp --dscp 0x2e -j DROP', ['dscp 46-46']],
    ['-A INPUT -p icmp -m icmp --icmp-type any -j ACCEPT', ['protocol 1-1']],
    ['-A INPUT ! -p gre -j ACCEPT', ['protocol 47-47']],
    ['-A INPUT -m iprange --src-range 10.0.0.1-10.0.0.9 -j ACCEPT', ['source 10.0.0.1-10.0.0.9']],
    ['-A INPUT -m length --length 100:200 -j DROP', ['length 100-200']],
    ['-A INPUT -m ttl --ttl-lt 5 -j DROP', ['ttl 0-4']],
    ['-A INPUT -m mark --mark 0x1/0xff -j ACCEPT', ['mark 1-1 & 255']],
    ['-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', []],
    ['-A INPUT -m comment --comment "-s 10.0.0.1 --dport 5" -j ACCEPT', []],
  ])('%s', (rule, wanted) => {
    const facts = legacy(rule)
    expect(told(facts)).toEqual(wanted)
    expect(facts.opaque).toEqual([])
  })

  test.each([
    ['-A INPUT -m string --string "foo" --algo bm -j DROP', ['xt string']],
    ['-A INPUT -m connmark --mark 0x1 -j ACCEPT', ['xt connmark']],
    ['-A INPUT -f -j DROP', ['ip frag-off']],
  ])('not varied: %s', (rule, wanted) => {
    expect(legacy(rule).opaque.map(({ what }) => what)).toEqual(wanted)
  })

  test.each<[string, string, number | null]>([
    ['-A INPUT -m limit --limit 5/min --limit-burst 7 -j own', 'limit', 9],
    [
      '-A INPUT -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name x -j ACCEPT',
      'limit',
      16,
    ],
    [
      '-A INPUT -p tcp -m connlimit --connlimit-above 5 --connlimit-mask 32 --connlimit-saddr -j DROP',
      'connections',
      6,
    ],
    [
      '-A INPUT -m recent --rcheck --seconds 60 --hitcount 4 --name bad --mask 255.255.255.255 --rsource -j DROP',
      'recent',
      5,
    ],
    ['-A INPUT -m recent --set --name ssh --mask 255.255.255.255 --rsource -j ACCEPT', 'recent', 2],
    ['-A INPUT -m quota --quota 1000 -j DROP', 'quota', 29],
    ['-A INPUT -m statistic --mode random --probability 0.50000000000 -j DROP', 'random', 40],
    ['-A INPUT -m statistic --mode nth --every 3 --packet 0 -j DROP', 'turns', 3],
  ])('stateful: %s', (rule, kind, burst) => {
    const { statefulRules, opaque } = legacy(rule)
    expect(statefulRules).toMatchObject([{ kind, burst, where: { text: rule } }])
    expect(opaque).toEqual([])
  })

  test.each([
    [
      '-A PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.5-10.0.0.9:8080',
      { kind: 'dnat', ports: [[8080, 8080]], addresses: [[0x0a000005n, 0x0a000009n]] },
    ],
    [
      '-A PREROUTING -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353',
      { kind: 'redirect', ports: [[5353, 5353]] },
    ],
    ['-A POSTROUTING -o eth0 -j MASQUERADE', { kind: 'masquerade' }],
    [
      '-A PREROUTING -p tcp -j TPROXY --on-port 1234 --on-ip 127.0.0.1 --tproxy-mark 0x1/0xffffffff',
      { kind: 'tproxy', ports: [[1234, 1234]] },
    ],
  ])('translates: %s', (rule, wanted) => {
    expect(legacy(rule, 'nat').translations).toMatchObject([wanted])
  })

  test('built-in chains with rules or a policy are hooks; jumps are followed', () => {
    const { hooks, bases, jointFields } = legacy(
      '-A FORWARD -s 10.0.0.1/32 -j own\n-A own -m ttl --ttl-lt 5 -j DROP',
    )
    expect([...hooks[4]]).toEqual(['input', 'forward'])
    expect(hooks[6].size).toBe(0)
    expect(bases.find(({ name }) => name === 'OUTPUT')!.isIdle).toBe(true)
    expect(jointFields.map((set) => [...set])).toEqual([['source', 'ttl']])
  })
})

// As iptables-nft's rules are listed: the JSON says `xt` and no more.
describe('iptables-nft', () => {
  const xt = (name: string, type = 'match'): object => ({ xt: { type, name } })
  const listed = (text: string, ...names: string[]): RuleFacts =>
    factsOf(
      inspectionOf([
        {
          family: 'ip',
          text,
          expr: [...names.map((name) => xt(name)), { counter: null }, { accept: null }],
        },
      ]),
    )

  test.each<[string, string, string[]]>([
    [
      'multiport',
      'meta l4proto tcp tcp dport { 22, 80-90, 443 } counter accept',
      ['tcp destinationPort 22-22,80-90,443-443'],
    ],
    [
      'multiport',
      'meta l4proto tcp tcp sport != { 22, 80-90 } counter accept',
      ['tcp sourcePort 22-22,80-90'],
    ],
    [
      'iprange',
      'ip saddr 10.0.0.1-10.0.0.9 ip daddr 1.1.1.1-1.1.1.2 counter accept',
      ['source 10.0.0.1-10.0.0.9', 'destination 1.1.1.1-1.1.1.2'],
    ],
    ['length', 'meta length 100-200 counter drop', ['length 100-200']],
    ['ttl', 'ip ttl lt 5 counter drop', ['ttl 0-4']],
    ['icmp', 'meta l4proto icmp icmp type echo-request counter accept', ['icmp icmpType 8-8']],
    ['conntrack', 'ct state related,established counter accept', []],
    ['comment', 'counter accept comment "ip saddr 10.0.0.1"', []],
    ['conntrack', 'ct original daddr 10.0.0.1 counter accept', ['destination 10.0.0.1-10.0.0.1']],
  ])('%s: %s', (name, text, wanted) => {
    const facts = listed(text, name)
    expect(told(facts)).toEqual(wanted)
  })

  test.each([
    ['icmp', 'meta l4proto icmp xt match icmp counter accept', 'xt icmp'],
    ['recent', 'meta l4proto tcp tcp dport 22 xt match recent counter', 'xt recent'],
    ['addrtype', 'fib daddr type local counter accept', 'xt addrtype'],
  ])('missing in the listing: %s', (name, text, what) => {
    expect(listed(text, name).opaque.map((one) => one.what)).toContain(what)
  })

  test.each([
    [
      'hashlimit',
      'meta l4proto tcp meter x { ip saddr limit rate 10/second } counter accept',
      'limit',
    ],
    ['quota', 'quota 1000 bytes counter drop', 'quota'],
    ['statistic', 'meta random & 2147483647 < 1073741824 counter drop', 'random'],
    ['recent', 'xt match recent counter drop', 'recent'],
    ['connlimit', 'meta l4proto tcp xt match connlimit counter drop', 'connections'],
  ])('stateful: %s', (name, text, kind) => {
    expect(listed(text, name).statefulRules).toMatchObject([{ kind }])
  })

  test.each([
    [
      'DNAT',
      'tcp dport 80 counter dnat to 10.0.0.5:8080',
      { kind: 'dnat', addresses: [[0x0a000005n, 0x0a000005n]], ports: [[8080, 8080]] },
    ],
    [
      'REDIRECT',
      'udp dport 53 counter redirect to :5353',
      { kind: 'redirect', ports: [[5353, 5353]] },
    ],
    ['MASQUERADE', 'oifname "eth0" counter masquerade', { kind: 'masquerade' }],
  ])('%s', (name, text, wanted) => {
    const { translations } = factsOf(
      inspectionOf([{ family: 'ip', text, expr: [xt(name, 'target')] }]),
    )
    expect(translations).toMatchObject([wanted])
  })
})
