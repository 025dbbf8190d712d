import { describe, expect, test } from 'vitest'
import { problemText } from '../../input/problem.ts'
import { OFFICE } from './fixtures.ts'
import { readZonePolicy } from './read.ts'

function problems(from: string, to: string): string {
  const yaml = OFFICE.replace(from, to)
  if (yaml === OFFICE) throw new Error(`nothing to change: ${from}`)
  const reading = readZonePolicy(yaml, 'o.yaml')
  return reading.ok ? '' : reading.problems.map(problemText).join('\n')
}

describe('a policy for zones is refused', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'an unknown zone',
      'from: [wan, lan]',
      'from: [wan, lann]',
      /^o\.yaml:9:19: from "lann": unknown zone or host — did you mean "lan"\?$/,
    ],
    [
      'an unknown host',
      'to: web, allow: tcp/22',
      'to: wep, allow: tcp/22',
      /^o\.yaml:10:24: to "wep": .*did you mean "web"/,
    ],
    [
      'an unknown protocol',
      'tcp/22',
      'tpc/22',
      /^o\.yaml:10:36: allow "tpc\/22": unknown protocol — did you mean "tcp"/,
    ],
    ['a port too high', 'tcp/22', 'tcp/70000', /allow "tcp\/70000": 70000 is above 65535/],
    ['a port without a protocol', 'tcp/22', '22', /must be "tcp\/80"/],
    ['capital letters', 'tcp/22', 'TCP/22', /write it in lower-case letters, "tcp"/],
    ['a protocol without "ip/"', 'tcp/22', 'gre', /write "ip\/gre"/],
    ['ip alone', 'tcp/22', 'ip', /write "any" for every packet/],
    ['icmpv6', 'tcp/22', 'icmpv6', /write "icmp": it means ICMPv6 over IPv6/],
    [
      'an ICMP type by number',
      'tcp/22',
      'icmp/8',
      /the types of the two families differ.*"icmp\/ipv4\/8"/,
    ],
    [
      'a port that YAML reads as a comment',
      'allow: tcp/22',
      'allow: tcp/22,80',
      /unknown key "80".*within braces a comma ends the value: write "tcp\/80,443" with quotes/,
    ],
    ['neither allow nor deny', ', allow: tcp/22', '', /statements must have allow or deny/],
    [
      'the older word beside the new one',
      'allow: tcp/22',
      'deny: tcp/22, forbid: udp',
      /forbid cannot stand beside deny/,
    ],
    [
      'unless beside an allow',
      'allow: tcp/22',
      'allow: tcp/22, unless: allowed',
      /unless needs deny/,
    ],
    [
      'unless beside the older word',
      'allow: tcp/22',
      'forbid: tcp/22, unless: allowed',
      /unless needs deny/,
    ],
    [
      'an unknown value of unless',
      'allow: tcp/22',
      'deny: tcp/22, unless: granted',
      /unless "granted": must be "?allowed/,
    ],
    [
      'allow and forbid together',
      'allow: tcp/22',
      'allow: tcp/22, deny: udp',
      /deny cannot stand beside allow/,
    ],
    [
      'a way to block what is allowed',
      'allow: tcp/22',
      'allow: tcp/22, by: drop',
      /by needs deny: only a denied packet is blocked/,
    ],
    [
      'a zone to itself',
      'from: admin, to: web',
      'from: admin, to: lan',
      /from admin to lan: this traffic does not pass the firewall, because both are in one zone/,
    ],
    [
      'types of another family',
      'allow: tcp/22',
      'allow: icmp/ipv4/8, families: [ipv6]',
      /do not exist in its families/,
    ],
    [
      'a zone called firewall',
      'zones: [wan, lan, dmz]',
      'zones: [wan, lan, dmz, firewall]',
      /zone "firewall": reserved for the firewall itself/,
    ],
    [
      'a zone twice',
      'zones: [wan, lan, dmz]',
      'zones: [wan, lan, dmz, lan]',
      /zone "lan" is listed twice: remove one entry/,
    ],
    [
      'a host called like a zone',
      'web: {',
      'wan: {',
      /host "wan": a zone already has this name: choose another one/,
    ],
    ['a host called any', '  web: {', '  any: {', /host "any": reserved for all zones/],
    [
      'a host in no zone',
      'zone: dmz',
      'zone: dmzz',
      /^o\.yaml:5:16: unknown zone "dmzz" — did you mean "dmz"/,
    ],
    [
      'an address with a prefix',
      '192.0.2.80',
      '192.0.2.80/24',
      /a host has one address: remove the prefix length/,
    ],
    ['no address', '192.0.2.80', 'web.local', /address "web\.local": is not an address/],
    ['two addresses of a family', '"2001:db8:2::80"', '192.0.2.81', /a second IPv4 address/],
    [
      'an address of another host',
      '10.20.1.5',
      '192.0.2.80',
      /address "192\.0\.2\.80" already belongs to host web/,
    ],
    [
      'an unknown way to block',
      'otherwise: drop',
      'otherwise: dropp',
      /otherwise "dropp": must be allow, blocked, drop/,
    ],
    [
      'an unknown key',
      'otherwise: drop',
      'otherwize: drop',
      /unknown key "otherwize" — did you mean "otherwise"/,
    ],
  ])('%s', (_, from, to, message) => {
    expect(problems(from, to)).toMatch(message)
  })

  test('several errors are reported together, in order', () => {
    const yaml = OFFICE.replace('[wan, lan], to', '[wan, x], to').replace('zone: dmz', 'zone: y')
    const reading = readZonePolicy(yaml, 'o.yaml')
    expect(reading.ok ? [] : reading.problems.map(({ at }) => at.line)).toEqual([5, 9])
  })
})

test('every statement has its position', () => {
  const reading = readZonePolicy(OFFICE, 'o.yaml')
  if (!reading.ok) throw new Error('does not read')
  expect(reading.warnings).toEqual([])
  expect(reading.value.statements.map(({ clause }) => [clause.label, clause.at.line])).toEqual([
    ['allow tcp/80', 9],
    ['allow tcp/22', 10],
    ['allow tcp, udp, icmp/echo-request', 11],
    ['deny tcp/25', 12],
  ])
  expect(reading.value.hosts[0]).toMatchObject({
    name: 'web',
    zone: 'dmz',
    addresses: [
      { family: 4, address: '192.0.2.80' },
      { family: 6, address: '2001:db8:2::80' },
    ],
  })
})

describe('errors of one kind do not hide those of another', () => {
  const told = (text: string): string[] => {
    const reading = readZonePolicy(text, 'p.yaml')
    return reading.ok ? [] : reading.problems.map(problemText)
  }

  test('errors of structure, names and addresses are reported together, each with its position', () => {
    const text = `policy: shop
titel: Shop
zones: [wan, lan, dmz]
hosts:
  web: { zone: dms, addresses: [192.0.2.300, fd00::1] }
otherwise: forbid
statements:
  - { from: wn, to: web, allow: [tcp/80, tcp/70000, upd/53] }
  - { from: lan, to: [wan, loft] }
  - { from: lan, to: wan, allow: tcp, by: drop }
`
    expect(told(text).map((line) => line.replace(/ — known.*/, ''))).toEqual([
      'p.yaml:2:1: unknown key "titel" — did you mean "title"?',
      'p.yaml:5:16: unknown zone "dms" — did you mean "dmz"?',
      'p.yaml:5:33: address "192.0.2.300": is not an address: 300 is above 255',
      'p.yaml:6:12: otherwise "forbid": must be allow, blocked, drop, reject, tcp-reset, port-unreachable, host-unreachable, no-route or admin-prohibited',
      'p.yaml:8:13: from "wn": unknown zone or host — did you mean "wan"?',
      'p.yaml:8:42: allow "tcp/70000": 70000 is above 65535',
      'p.yaml:8:53: allow "upd/53": unknown protocol — did you mean "udp"?',
      'p.yaml:9:5: statements must have allow or deny',
      'p.yaml:9:28: to "loft": unknown zone or host',
      'p.yaml:10:43: by needs deny: only a denied packet is blocked',
    ])
  })

  test.each<[string, string, string[]]>([
    ['a zone of a wrong form', 'zones: [wan, "l n"]', ['3:14']],
    ['zones as a map', 'zones: { wan: a, "l n": b }', ['3:8']],
    ['zones as text', 'zones: wan, "l n"', ['3:8']],
    ['zones under a mistyped key', 'zone: [wan, "l n"]', ['3:1']],
  ])('an invalid name is not also reported as unknown: %s', (_, zones, places) => {
    const text = `policy: p\ntitle: t\n${zones}\nstatements:\n  - { from: "l n", to: wan, allow: tcp }\n`
    const isForm = zones.startsWith('zones: [')
    const found = told(isForm ? text : text.replaceAll('"l n"', 'lan'))
    expect(found.map((line) => line.split(':').slice(1, 3).join(':'))).toEqual(places)
  })

  test('zones under a mistyped key are still known', () => {
    const text =
      'policy: p\ntitle: t\nzone: [wan, lan]\nstatements:\n  - { from: lam, to: wan, allow: tcp }\n'
    expect(told(text)[1]).toMatch(/^p\.yaml:5:13: from "lam": .*did you mean "lan"/)
  })

  test('20,000 unknown names among 9,000 are reported quickly', () => {
    const zones = Array.from({ length: 9_000 }, (_, i) => `- zone${i}`).join('\n')
    const statements = Array.from(
      { length: 20_000 },
      (_, i) => `- {from: zon${i},to: zone1,allow: tcp}`,
    ).join('\n')
    const reading = readZonePolicy(
      `policy: p\ntitle: t\nzones:\n${zones}\nstatements:\n${statements}\n`,
      'p.yaml',
    )
    expect(reading.ok ? 0 : reading.problems.length).toBe(20_000)
  })
})
