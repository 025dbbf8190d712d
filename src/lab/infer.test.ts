/** The zones of an inferred lab and its default route; every inferred lab can be written as a lab file. */
import { describe, expect, test } from 'vitest'
import { contains, networkOf, overlaps } from '../net/prefix.ts'
import { chain, infer, links, outside, zone } from './infer-fixtures.ts'
import { readLab } from './read.ts'
import { labText } from './text.ts'

describe('zones', () => {
  test('without interfaces in the rules, they are outside and inside', () => {
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
    'chain %s, rule %s: a zone is added behind an interface that no rule names',
    (hook, rule, all) => {
      const { plan, reasons, assumed } = infer(chain(hook, rule))
      expect(links(plan)).toBe(all)
      expect(reasons[0]).toBe(
        'zone other is added behind an interface that no rule names, because rules without an interface condition apply there too',
      )
      expect(assumed).toEqual([reasons[0]])
    },
  )

  test('a chain bound to a device sees only its packets: no zone is added', () => {
    const text =
      'table netdev t {\n chain c {\n  type filter hook ingress device eth0 priority 0\n }\n}\n'
    expect(links(infer(text).plan)).toBe('eth0')
  })

  test('the added zone has a name that no rule matches', () => {
    expect(links(infer(chain('forward', 'iifname "o*" accept')).plan)).toBe('o0 side')
    const many = ['other', 'side', 'free*', 'l*', 'a*', 'b0'].map(
      (name) => `iifname "${name}" drop`,
    )
    expect(infer(chain('input', ...many)).plan.zones.at(-1)?.link).toBe('c0')
  })

  test('zones come from both texts, wildcards and bridges', () => {
    const { plan, reasons } = infer(
      chain('forward', 'iifname eth0 accept'),
      chain('forward', 'iifname "wg*" accept', 'iifname eth0 drop', 'obrname br7 drop'),
    )
    expect(links(plan)).toBe('eth0 wg0 br7 other')
    expect(zone(plan, 'br7').linkKind).toBe('bridge')
    expect(reasons.join('\n')).toContain('wg* (r.nft:4) → zone wg0, ')
  })

  test('beside an exact name, a wildcard has an interface of its own', () => {
    const both = chain('forward', 'iifname "wg*" accept', 'iifname { "wg0", "wg1" } drop')
    expect(links(infer(both).plan)).toBe('wg0 wg1 wg2 other')
    expect(links(infer(chain('forward', 'iifname "wg*" accept')).plan)).toBe('wg0 other')
  })

  test('an interface that lab files cannot call a zone gets another name', () => {
    const { plan } = infer(chain('forward', 'iifname firewall accept', 'iifname "a,b" accept'))
    expect(plan.zones.map(({ name, link }) => `${name} ${link}`)).toEqual([
      'firewall-2 firewall',
      'a-b a,b',
      'other other',
    ])
  })

  test('an interface that no lab can have is refused with its position and left out', () => {
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
    ['is where rules masquerade', 'oifname br0 masquerade; iifname eth0 accept', 'br0'],
    [
      'is the only interface that masquerading does not exclude',
      'oifname != docker0 masquerade; iifname enp3s0 accept',
      'enp3s0',
    ],
    ['source NAT', 'oifname b snat to 198.51.100.7; iifname a accept', 'b'],
    ['is an interface with an outside name', 'iifname lan accept; iifname wan0 accept', 'wan0'],
    ['ppp', 'iifname eth0 accept; iifname "ppp*" accept', 'ppp0'],
    ['is the usual first network card', 'iifname wg0 accept; iifname eth0 accept', 'eth0'],
    ['is else the first interface', 'iifname foo accept; iifname bar accept', 'foo'],
    ['is not an interface with an inside name', 'iifname br0 accept; iifname foo accept', 'foo'],
    [
      'is the unnamed interface when only inside names exist',
      'iifname docker0 accept; iifname wg1 drop',
      'other',
    ],
  ])('%s', (_, rules, expected) => {
    expect(outside(infer(chain('forward', ...rules.split('; '))).plan)).toBe(expected)
  })

  test('is reported with its reason and position', () => {
    const { reasons } = infer(chain('forward', 'iifname lan accept', 'oifname eth0 masquerade'))
    expect(reasons).toContain(
      'eth0 → zone eth0, 203.0.113.0/24 and 2001:db8:1::/64, default route: rules masquerade there (r.nft:5)',
    )
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
    'the same prefix on two interfaces',
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
])('%s: the lab reads back, has no overlaps and is the same each time', (_, text) => {
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
