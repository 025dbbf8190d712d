import { describe, expect, test } from 'vitest'
import { contains, networkOf, overlaps } from '../net/prefix.ts'
import { type InferencePart, inferLab } from './infer.ts'
import type { LabPlan, LabZone } from './lab.ts'
import { readLab } from './read.ts'
import { labText } from './text.ts'

const nft = (text: string): InferencePart => ({ kind: 'nft', text, file: 'r.nft' })
const chain = (hook: string, ...rules: readonly string[]): string =>
  `table inet t {\n chain ${hook} {\n  type filter hook ${hook} priority 0\n${rules.map((rule) => `  ${rule}\n`).join('')} }\n}\n`
const infer = (...texts: readonly string[]) => inferLab(texts.map(nft))
const zone = ({ zones }: LabPlan, name: string): LabZone => zones.find((one) => one.name === name)!
const links = ({ zones }: LabPlan): string => zones.map(({ link }) => link).join(' ')
const nets = ({ addresses }: LabZone): string[] =>
  addresses.map((address) => `${networkOf(address).address}/${address.prefixLength}`)
const outside = ({ zones }: LabPlan): string =>
  zones
    .filter(({ isDefault }) => isDefault)
    .map(({ name }) => name)
    .join(' ')

describe('zones', () => {
  test('none is named: outside and inside', () => {
    const { plan, reasons } = infer(chain('input', 'tcp dport 22 accept'))
    expect(links(plan)).toBe('outside inside')
    expect(outside(plan)).toBe('outside')
    expect(reasons).toEqual([
      'no interface is named: the lab has the zones outside and inside',
      'outside → zone outside, 203.0.113.0/24 and 2001:db8:1::/64, default route: its name suggests the outside',
      'inside → zone inside, 10.20.1.0/24 and fd00:1::/64',
      'forwarding is on',
    ])
  })

  test.each([
    ['input', 'iifname eth0 tcp dport 22 accept', 'eth0 other'],
    ['output', 'oifname { eth0, eth1 } accept', 'eth0 eth1 other'],
    ['forward', 'iifname lan oifname wan accept', 'lan wan other'],
    ['prerouting', 'iifname != "br-app" accept', 'br-app other'],
    ['postrouting', 'oifname { a, b, c, d } masquerade', 'a b c d other'],
  ])(
    'chain %s, rule %s: one more zone is behind an interface that no rule names',
    (hook, rule, all) => {
      const { plan, reasons, assumed } = infer(chain(hook, rule))
      expect(links(plan)).toBe(all)
      expect(reasons[0]).toBe(
        'zone other is added behind an interface that no rule names, because rules without an interface condition apply there too',
      )
      expect(assumed).toEqual([reasons[0]])
    },
  )

  test('a chain of a device sees the packets of that device alone: no zone is added', () => {
    const text =
      'table netdev t {\n chain c {\n  type filter hook ingress device eth0 priority 0\n }\n}\n'
    expect(links(infer(text).plan)).toBe('eth0')
  })

  test('the one that is added has a name that nothing matches', () => {
    expect(links(infer(chain('forward', 'iifname "o*" accept')).plan)).toBe('o0 side')
    const many = ['other', 'side', 'free*', 'l*', 'a*', 'b0'].map(
      (name) => `iifname "${name}" drop`,
    )
    expect(infer(chain('input', ...many)).plan.zones.at(-1)?.link).toBe('c0')
  })

  test('those of both texts, wildcards and bridges', () => {
    const { plan, reasons } = infer(
      chain('forward', 'iifname eth0 accept'),
      chain('forward', 'iifname "wg*" accept', 'iifname eth0 drop', 'obrname br7 drop'),
    )
    expect(links(plan)).toBe('eth0 wg0 br7 other')
    expect(zone(plan, 'br7').linkKind).toBe('bridge')
    expect(reasons.join('\n')).toContain('wg* (r.nft:4) → zone wg0, ')
  })

  test('an interface that lab files cannot call a zone gets another name', () => {
    const { plan } = infer(chain('forward', 'iifname firewall accept', 'iifname "a,b" accept'))
    expect(plan.zones.map(({ name, link }) => `${name} ${link}`)).toEqual([
      'firewall-2 firewall',
      'a-b a,b',
      'other other',
    ])
  })

  test('one that no lab can have is refused with its place, and is not in the plan', () => {
    const { plan, refused } = infer(
      chain(
        'forward',
        'iifname "lan0" accept',
        'iifname { "all", "x#y" } drop',
        'oifname "%d" drop',
      ),
    )
    expect(links(plan)).toBe('lan0 other')
    expect(refused.map((text) => text.replace(/: (?:is|must).*/, ''))).toEqual([
      'r.nft:5:14: interface "all"',
      'r.nft:5:21: interface "x#y"',
      'r.nft:6:12: interface "%d"',
    ])
  })
})

describe('the default route', () => {
  test.each<[string, string, string]>([
    ['what is masqueraded', 'oifname br0 masquerade; iifname eth0 accept', 'br0'],
    ['all that is not spared', 'oifname != docker0 masquerade; iifname enp3s0 accept', 'enp3s0'],
    ['source NAT', 'oifname b snat to 198.51.100.7; iifname a accept', 'b'],
    ['a name', 'iifname lan accept; iifname wan0 accept', 'wan0'],
    ['ppp', 'iifname eth0 accept; iifname "ppp*" accept', 'ppp0'],
    ['the usual first card', 'iifname wg0 accept; iifname eth0 accept', 'eth0'],
    ['else the first', 'iifname foo accept; iifname bar accept', 'foo'],
    ['not what only looks like an inside', 'iifname br0 accept; iifname foo accept', 'foo'],
    [
      'an interface without a name in the text',
      'iifname docker0 accept; iifname wg1 drop',
      'other',
    ],
  ])('%s', (_, rules, expected) => {
    expect(outside(infer(chain('forward', ...rules.split('; '))).plan)).toBe(expected)
  })

  test('is told with its reason and place', () => {
    const { reasons } = infer(chain('forward', 'iifname lan accept', 'oifname eth0 masquerade'))
    expect(reasons).toContain(
      'eth0 → zone eth0, 203.0.113.0/24 and 2001:db8:1::/64, default route: rules masquerade there (r.nft:5)',
    )
  })
})

describe('addresses', () => {
  const WAN = 'oifname wan masquerade'

  test('a prefix that a rule ties to an interface is that of its zone', () => {
    const { plan } = infer(
      chain(
        'forward',
        WAN,
        'iifname lan ip saddr 192.168.1.0/24 accept',
        'oifname dmz ip daddr 10.1.0.0/16 ip6 saddr fd07::/64 accept',
        'iifname . ip6 saddr { lan . fd06::/64 } accept',
      ),
    )
    expect(nets(zone(plan, 'lan'))).toEqual(['192.168.1.0/24', 'fd06::/64'])
    expect(nets(zone(plan, 'dmz'))[0]).toBe('10.1.0.0/16')
  })

  test('a host that a rule ties to an interface is the host of its zone', () => {
    const { plan } = infer(chain('forward', WAN, 'iifname lan ip saddr 192.168.7.33 accept'))
    expect(zone(plan, 'lan').addresses[0]).toEqual({
      family: 4,
      address: '192.168.7.33',
      prefixLength: 24,
    })
  })

  test('a host at the first address leaves another to the firewall', () => {
    const { plan } = infer(chain('forward', WAN, 'iifname lan ip saddr 192.168.7.1 accept'))
    expect(zone(plan, 'lan')).toMatchObject({
      addresses: [{ address: '192.168.7.1' }, {}],
      own: [{ address: '192.168.7.2' }, { family: 6 }],
    })
  })

  test('what is dropped where it would come from is not there, and what alone is not dropped is', () => {
    const { plan } = infer(
      chain(
        'forward',
        WAN,
        'iifname wan ip saddr { 192.168.0.0/16, 172.16.0.0/12 } drop',
        'iifname lan ip saddr != 192.168.5.0/24 drop',
      ),
    )
    expect(nets(zone(plan, 'wan'))[0]).toBe('203.0.113.0/24')
    expect(zone(plan, 'wan').routes).toBeUndefined()
    expect(nets(zone(plan, 'lan'))[0]).toBe('192.168.5.0/24')
  })

  test('the source of what leaves by another interface is that of the inside', () => {
    const { plan } = infer(
      chain('postrouting', 'oifname wan ip saddr 10.8.0.0/24 masquerade', 'iifname lan accept'),
    )
    expect(nets(zone(plan, 'lan'))[0]).toBe('10.8.0.0/24')
  })

  test('private ones without an interface lie behind the inside, and so do targets of translation', () => {
    const { plan, reasons } = infer(
      chain(
        'forward',
        WAN,
        'iifname lan accept',
        'ip saddr 10.9.0.0/16 accept',
        'ip daddr 10.9.7.0/24 accept',
        'tcp dport 80 dnat to 192.168.3.4:8080',
        'tcp dport 81 dnat ip to tcp dport map { 81 : 172.16.9.9 }',
      ),
    )
    expect(zone(plan, 'lan').routes).toEqual(['10.9.0.0/16', '192.168.3.4/32', '172.16.9.9/32'])
    expect(reasons).toContain('192.168.3.4/32 (r.nft:8) → behind lan: packets are translated to it')
  })

  test('what is masqueraded everywhere but at one interface lies behind it', () => {
    const { plan } = infer(
      chain(
        'postrouting',
        'ip saddr 172.20.0.0/16 oifname != "br-app" masquerade',
        'iifname docker0 accept',
      ),
    )
    expect(nets(zone(plan, 'br-app'))[0]).toBe('172.20.0.0/16')
  })

  test('a destination does not lie behind the interface from which rules let packets go to it', () => {
    const one = infer(chain('forward', 'iifname wg0 ip daddr 10.0.0.3 accept'))
    expect(outside(one.plan)).toBe('other')
    expect(zone(one.plan, 'wg0').routes).toBeUndefined()
    const two = infer(
      chain('forward', WAN, 'iifname lan ip daddr 10.0.0.3 accept', 'oifname dmz drop'),
    )
    expect(zone(two.plan, 'lan').routes).toBeUndefined()
    expect(zone(two.plan, 'dmz').routes).toEqual(['10.0.0.3/32'])
  })

  test('public ones lie behind the default route', () => {
    const { plan, reasons } = infer(
      chain('forward', WAN, 'iifname lan ip daddr { 8.8.8.8, 9.9.9.0/24 } accept'),
    )
    expect(plan.zones.flatMap(({ routes = [] }) => routes)).toEqual([])
    expect(reasons).toContain('2 public prefixes lie behind the default route, at wan')
  })

  test("the firewall's own", () => {
    const { plan } = infer(
      chain(
        'input',
        'iifname lan ip daddr 192.168.1.254 accept',
        'iifname lan ip saddr 192.168.1.0/24 accept',
        'ip daddr 198.51.100.9 accept',
        'ip daddr 127.0.0.1 accept',
      ),
      chain('postrouting', 'oifname wan snat to 198.51.100.7'),
    )
    expect(zone(plan, 'lan').own?.map(({ address }) => address)).toEqual([
      '192.168.1.254',
      'fd00:1::1',
    ])
    expect(zone(plan, 'wan').own?.map(({ address }) => address)).toEqual([
      '198.51.100.9',
      '198.51.100.7',
      '2001:db8:1::1',
    ])
  })

  test('free prefixes keep clear of those in the text, also when it names all', () => {
    const some = infer(
      chain(
        'forward',
        WAN,
        'iifname lan accept',
        'ip saddr 10.0.0.0/8 ip daddr 203.0.113.5 accept',
      ),
    )
    expect(nets(zone(some.plan, 'wan'))[0]).toBe('192.0.2.0/24')
    expect(nets(zone(some.plan, 'lan'))[0]).toBe('198.51.100.0/24')
    const all = [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '100.64.0.0/10',
      '192.0.2.0/24',
      '198.51.100.0/24',
      '203.0.113.0/24',
    ]
    const none = infer(
      chain('forward', WAN, 'iifname lan accept', `ip saddr { ${all.join(', ')} } accept`),
    )
    expect(nets(zone(none.plan, 'lan'))[0]).toBe('10.20.1.0/24')
  })

  test('iptables and scripts as well', () => {
    const { plan } = inferLab([
      {
        kind: 'iptables',
        text: '*nat\n-A POSTROUTING -o eth0 -s 10.1.2.0/24 -j MASQUERADE\nCOMMIT\n*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i eth1 -s 10.1.2.0/24 -j ACCEPT\nCOMMIT',
      },
      {
        kind: 'script',
        text: 'ip addr add 10.1.2.254/24 dev eth1\niptables -A FORWARD -i eth2 -j DROP',
      },
    ])
    expect(links(plan)).toBe('eth0 eth1 eth2 other')
    expect(outside(plan)).toBe('eth0')
    expect(zone(plan, 'eth1')).toMatchObject({
      addresses: [{ address: '10.1.2.10' }, {}],
      own: [{ address: '10.1.2.254' }, {}],
    })
  })
})

// Whatever a text says, the lab is one that lab files can say.
test.each([
  [
    'prefixes that nest',
    chain(
      'forward',
      'iifname a ip saddr 10.0.0.0/8 accept',
      'iifname b ip saddr 10.1.0.0/16 accept',
      'iifname c ip saddr 10.1.2.3 accept',
    ),
  ],
  [
    'the same prefix on two',
    chain(
      'forward',
      'iifname a ip saddr 10.0.0.0/8 accept',
      'iifname b ip saddr 10.0.0.0/8 accept',
    ),
  ],
  [
    'prefixes that are too narrow or wide',
    chain(
      'forward',
      'iifname a ip saddr { 10.0.0.0/31, 0.0.0.0/0 } accept',
      'iifname b ip6 saddr { fc00::/7, ::/0 } accept',
    ),
  ],
  [
    'edges',
    chain(
      'input',
      'iifname a ip daddr { 10.0.0.0, 10.0.0.255, 10.0.0.1, 10.0.0.10 } accept',
      'iifname a ip6 daddr fd00:: accept',
    ),
  ],
  [
    'many hosts',
    chain(
      'forward',
      `iifname a ip saddr { ${Array.from({ length: 300 }, (_, i) => `10.${i % 200}.${i}.5`)
        .filter((a) => !/\.(25[6-9]|2[6-9]\d)\./.test(a))
        .join(', ')} } accept`,
    ),
  ],
])('%s: reads back, overlaps nowhere, is the same each time', (_, text) => {
  const { plan, reasons } = infer(text)
  const reading = readLab('l.yaml', labText(plan, reasons))
  expect(reading).toMatchObject({ ok: true, value: plan })
  expect(infer(text)).toMatchObject({ plan, reasons, refused: [] })
  const all = plan.zones.flatMap(({ addresses }) => addresses.map(networkOf))
  for (const [i, a] of all.entries())
    for (const b of all.slice(i + 1)) expect(overlaps(a, b)).toBe(false)
  for (const { own = [], addresses } of plan.zones)
    for (const one of own)
      expect(
        addresses.some((host) =>
          contains(networkOf(host), { ...one, prefixLength: one.family === 4 ? 32 : 128 }),
        ),
      ).toBe(true)
})
