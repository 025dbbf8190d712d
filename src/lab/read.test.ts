import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { problemText } from '../input/problem.ts'
import type { LabPlan, LabZone } from './lab.ts'
import { readLab } from './read.ts'
import { labText } from './text.ts'

function problems(text: string): string[] {
  const reading = readLab('l.yaml', text)
  return reading.ok ? [] : reading.problems.map(problemText)
}

function plan(text: string): LabPlan {
  const reading = readLab('l.yaml', text)
  if (!reading.ok) throw new Error(reading.problems.map(problemText).join('\n'))
  return reading.value
}

describe('errors have line and column', () => {
  test.each([
    ['', 'l.yaml:1:1: the file is empty'],
    ['zones: {}', 'l.yaml:1:8: zones must name a zone'],
    ['forwarding: true', 'l.yaml:1:1: zones is missing'],
    ['zones: {a: {}}\nforwarding: maybe', 'l.yaml:2:13: forwarding "maybe": must be true or false'],
    ['zone: {a: {}}\nzones: {a: }', 'l.yaml:1:1: unknown key "zone" — did you mean "zones"?'],
    [
      'zones:\n  a: {adresses: []}',
      'l.yaml:2:7: unknown key "adresses" in a — did you mean "addresses"?',
    ],
    ['zones:\n  a: {kind: wifi}', 'l.yaml:2:13: kind "wifi": must be ethernet, bridge or none'],
    [
      'zones:\n  firewall: {link: eth0}',
      'l.yaml:2:3: zone "firewall": the name is reserved for the firewall itself: choose another one',
    ],
    [
      'zones:\n  a b: {link: eth0}',
      'l.yaml:2:3: zone "a b": must be 1 to 32 letters, digits, "_", ".", "@", "+" or "-", and not all digits',
    ],
    [
      'zones:\n  lo: {}',
      'l.yaml:2:3: zone "lo": cannot be the name of its link, because it is the loopback interface, which every firewall has: name the interface, like "lo": { link: eth0 }',
    ],
    [
      'zones:\n  abcdefghijklmnop: {}',
      'l.yaml:2:3: zone "abcdefghijklmnop": cannot be the name of its link, because it is longer than 15 bytes, the maximum for an interface name: name the interface, like "abcdefghijklmnop": { link: eth0 }',
    ],
    [
      'zones:\n  a: {link: abcdefghijklmnop}',
      'l.yaml:2:13: link "abcdefghijklmnop": is longer than 15 bytes, the maximum for an interface name: use the name that "ip link" shows on the firewall',
    ],
    [
      'zones:\n  a: {link: a/b}',
      'l.yaml:2:13: link "a/b": must have no blank, "/" or ":": use the name that "ip link" shows on the firewall',
    ],
    [
      'zones:\n  a: {link: "a#b"}',
      'l.yaml:2:13: link "a#b": must have no "#": ip(8), which creates the links, does not read it as a name: choose another name, and use it in a copy of the ruleset too',
    ],
    [
      'zones:\n  a: {default: true}\n  b: {default: true}',
      'l.yaml:3:7: zone b: the default route already leads to a',
    ],
    [
      'zones:\n  a: {link: x, kind: bridge}\n  b: {link: x}',
      'l.yaml:3:6: zone b: link "x" is ethernet here and bridge in zone a',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.10]}',
      'l.yaml:2:19: address "10.0.0.10": the prefix length is missing: write it like 10.0.0.10/24',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.256/24]}',
      'l.yaml:2:19: address "10.0.0.256/24": must be an address with its prefix length, like 10.20.1.10/24 or 2001:db8:20:1::10/64',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.10/33]}',
      'l.yaml:2:19: address "10.0.0.10/33": the prefix length must be 8 to 32',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.10/31]}',
      'l.yaml:2:19: address "10.0.0.10/31": the prefix has no free address for the firewall: the prefix length must be at most /30',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.0/24]}',
      'l.yaml:2:19: address "10.0.0.0/24": this is the network address: use a host address of the prefix',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.255/24]}',
      'l.yaml:2:19: address "10.0.0.255/24": this is the broadcast address of the prefix: use a host address',
    ],
    [
      'zones:\n  a: {addresses: [127.0.0.2/8]}',
      'l.yaml:2:19: address "127.0.0.2/8": is a loopback, link-local, multicast or reserved address: no host of a lab can have it',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.1/24]}',
      'l.yaml:2:19: address "10.0.0.1/24": this is the first address of the prefix: the firewall has it unless "own" names another',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.9/24, 10.1.0.9/24]}',
      'l.yaml:2:32: address "10.1.0.9/24": a second IPv4 address: a zone has at most one of each family',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.9/24], own: [10.0.1.1]}',
      'l.yaml:2:39: own address "10.0.1.1": is outside the link\'s prefix, 10.0.0.0/24',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.9/24], own: [10.0.0.1/16]}',
      'l.yaml:2:39: own address "10.0.0.1/16": is outside the link\'s prefix, 10.0.0.0/24',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.9/24], own: [10.0.0.9]}',
      'l.yaml:2:39: own address "10.0.0.9": belongs to the host behind the link: choose another one',
    ],
    [
      'zones:\n  a: {kind: none, own: [10.0.0.9]}',
      'l.yaml:2:25: own address "10.0.0.9": the prefix length is missing: write it like 10.0.0.9/24',
    ],
    [
      'zones:\n  a: {kind: none, addresses: [10.0.0.9/24]}',
      'l.yaml:2:30: a link of kind none has no host: remove its addresses',
    ],
    [
      'zones:\n  a: {kind: none, default: true}',
      'l.yaml:2:28: default route: zone a has no host that it can lead to',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.9/24]}\n  b: {addresses: [10.0.0.7/16]}',
      'l.yaml:3:19: prefix of "10.0.0.7/16" overlaps "10.0.0.9/24" of zone a',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.9/24], routes: [0.0.0.0/0]}',
      'l.yaml:2:42: route "0.0.0.0/0": is the default route: write "default: true" instead',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.9/24], routes: [10.9.0.1/16]}',
      'l.yaml:2:42: route "10.9.0.1/16": has host bits after the prefix: write 10.9.0.0/16',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.9/24], routes: ["fd00::/8"]}',
      'l.yaml:2:42: route "fd00::/8": zone a has no host with an IPv6 address',
    ],
    [
      'zones:\n  a: {routes: [10.9.0.0/16]}\n  b: {routes: [10.9.0.0/16]}',
      'l.yaml:3:16: route "10.9.0.0/16": already leads to zone a',
    ],
    [
      'zones:\n  a: {addresses: [10.0.0.9/24]}\n  b: {routes: [10.0.0.0/24]}',
      'l.yaml:3:16: route "10.0.0.0/24": already leads to the link of zone a',
    ],
    [
      'zones: {a: }\nsysctls: {kernel.panic: 1}',
      'l.yaml:2:11: sysctl "kernel.panic": a namespace has only settings below "net."',
    ],
    [
      'zones: {a: }\nsysctls: {net.//.kernel.panic: 1}',
      'l.yaml:2:11: sysctl "net.//.kernel.panic": a namespace has only settings below "net."',
    ],
  ])('%j', (text, message) => {
    expect(problems(text)).toEqual([message])
  })

  test('all errors of a file are reported together, in order', () => {
    const text =
      'zones:\n  b: {addresses: [10.0.0.0/24]}\n  firewall: {link: x}\nsysctls: {vm.x: 1}'
    expect(problems(text).map((line) => line.split(': ')[0])).toEqual([
      'l.yaml:2:19',
      'l.yaml:3:3',
      'l.yaml:4:11',
    ])
  })
})

describe('defaults', () => {
  test('zone names are enough', () => {
    expect(plan('zones:\n  wan: {default: true}\n  lan:\n  idle: {kind: none}\n')).toEqual({
      zones: [
        {
          name: 'wan',
          link: 'wan',
          addresses: hosts('203.0.113.10/24', '2001:db8:1::10/64'),
          isDefault: true,
        },
        { name: 'lan', link: 'lan', addresses: hosts('10.20.1.10/24', 'fd00:1::10/64') },
        { name: 'idle', link: 'idle', linkKind: 'none', addresses: [] },
      ],
      forwarding: true,
      sysctls: {},
    })
  })

  test('chosen addresses do not overlap written ones', () => {
    const { zones } = plan(
      'zones:\n  a: {}\n  b: {addresses: [10.20.1.7/24]}\n  c: {addresses: [192.0.2.9/24], routes: [10.20.2.0/23]}',
    )
    expect(zones[0]!.addresses).toEqual(hosts('10.20.4.10/24', 'fd00:1::10/64'))
  })

  test('own addresses get the prefix length of the zone, and sysctls become text', () => {
    const { zones, sysctls } = plan(
      'zones: {a: {addresses: [10.0.0.1/24], own: [10.0.0.254]}}\nsysctls: {net.ipv4.conf.all.rp_filter: 1}',
    )
    expect(zones[0]!.own).toEqual(hosts('10.0.0.254/24'))
    expect(sysctls).toEqual({ 'net.ipv4.conf.all.rp_filter': '1' })
  })
})

function hosts(...texts: readonly string[]): LabZone['addresses'] {
  return texts.map((text) => {
    const [address = '', length] = text.split('/')
    return { family: address.includes(':') ? 6 : 4, address, prefixLength: Number(length) }
  })
}

/** Zones that go together: each has prefixes by its own number. */
const zoneOf = (n: number): fc.Arbitrary<LabZone> =>
  fc
    .record(
      {
        link: fc.constantFrom('eth0.5', 'wg+', '*', '{', 'null', 'ü'),
        linkKind: fc.constantFrom('ethernet' as const, 'bridge' as const),
        own: fc.constantFrom([], hosts(`10.${n}.0.1/16`, `10.${n}.7.7/16`)),
        routes: fc.constantFrom([], [`172.16.${n}.0/24`, `192.168.${n}.0/30`]),
        isDefault: fc.constantFrom(false, n === 0),
        addresses: fc.constantFrom(
          hosts(`10.${n}.0.9/16`),
          hosts(`10.${n}.0.9/16`, `fd00:${n + 1}::9/64`),
        ),
      },
      { requiredKeys: [] },
    )
    .map(({ link, addresses = hosts(`10.${n}.255.9/16`), ...rest }) => ({
      name: `z${n}`,
      link: link === undefined ? `z${n}` : `${link}${n}`,
      addresses,
      ...rest,
    }))

test('a written lab reads back the same', () => {
  const plans = fc.record({
    zones: fc.tuple(zoneOf(0), zoneOf(1), zoneOf(2)),
    forwarding: fc.boolean(),
    sysctls: fc.constantFrom(
      {},
      { 'net.ipv4.conf.all.rp_filter': '1', 'net.ipv4.conf.a/b.x': 'yes' },
    ),
  })
  fc.assert(
    fc.property(plans, fc.array(fc.constantFrom('eth0 → zone', 'a: b')), (written, told) => {
      expect(plan(labText(written, told))).toEqual(written)
    }),
    { seed: 4, numRuns: 300 },
  )
})

test('the text of a lab file', () => {
  const text = labText(
    plan('zones:\n  wan: {default: true, kind: bridge}\n  lan: {link: br0, routes: [10.9.0.0/16]}'),
    ['as told'],
  )
  expect(text).toBe(`# as told
zones:
  wan:
    kind: bridge
    addresses: [203.0.113.10/24, 2001:db8:1::10/64]
    default: true
  lan:
    link: br0
    addresses: [10.20.1.10/24, fd00:1::10/64]
    routes: [10.9.0.0/16]
forwarding: true
`)
})

test('errors of structure do not hide errors of addresses or cause further errors', () => {
  const text = `zones:
  wan: { link: eth0, addresses: [203.0.113.300/24], routes: [198.51.100.0/24], own: [203.0.113.1] }
  lan: { lnk: eth1, addresses: [10.0.0.5/24] }
  dmz: { addresses: [10.0.0.9/24, 1] }
sysctls: { vm.swappiness: 1 }
`
  const reading = readLab('l.yaml', text)
  expect(reading.ok ? [] : reading.problems.map((one) => problemText(one).split(' — ')[0])).toEqual(
    [
      expect.stringMatching(/^l\.yaml:2:34: address "203\.0\.113\.300\/24": must be an address/),
      'l.yaml:3:10: unknown key "lnk" in lan',
      expect.stringMatching(/^l\.yaml:4:22: prefix of "10\.0\.0\.9\/24" overlaps ".*" of zone lan/),
      'l.yaml:4:35: addresses 1: must be text',
      expect.stringMatching(/^l\.yaml:5:12: sysctl "vm\.swappiness"/),
    ],
  )
})
