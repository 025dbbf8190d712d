import { describe, expect, test } from 'vitest'
import type { PartKind } from '../firewall/firewall.ts'
import { nearMisses, problemsOfLinks, remarksOfLinks, strangersTo } from './named-links.ts'

const at = { file: 's.yaml', line: 6, column: 10 }

function messages(
  text: string,
  links: Readonly<Record<string, string>>,
  kind: PartKind = 'nft',
): string[] {
  const zones = Object.entries(links).map(([zone, link]) => ({ zone, link, at }))
  return problemsOfLinks(zones, [{ kind, text, file: 'fw.nft' }]).map(({ message }) => message)
}

const chain = (rule: string): string =>
  `table inet t {\n chain c { type filter hook forward priority 0\n iifname "lan0" oifname "wan0" accept\n ${rule}\n }\n}\n`

test('an unnamed interface is reported with the named ones and a remedy', () => {
  expect(messages(chain(''), { lan: 'lan0', wan: 'wan9' })).toEqual([
    'zone wan: no rule of fw.nft names interface "wan9" — did you mean "wan0"? (it names lan0, wan0). If "wan9" is right, write "wan: { link: wan9 }"',
  ])
})

test('the suggestion is a similar interface without a zone', () => {
  const [message] = messages(chain('oifname "wan1" drop'), { wan: 'wan0', backup: 'wan9' })
  expect(message).toMatch(/did you mean "wan1"/)
})

test('a declared interface need not be named by rules', () => {
  const zone = { zone: 'wan', link: 'up0', at, isDeclared: true }
  expect(problemsOfLinks([zone], [{ kind: 'nft', text: chain(''), file: 'fw.nft' }])).toEqual([])
})

describe('an interface is named by', () => {
  test.each<[string, string]>([
    ['a rule', chain('oifname "dmz0" drop')],
    ['a name without quotation marks', chain('oif dmz0 drop')],
    ['a negated match', chain('iifname != "dmz0" drop')],
    ['a wildcard', chain('iifname "dmz*" drop')],
    ['a set in a rule', chain('iifname { "a0", "dmz0" } drop')],
    ['a verdict map', chain('iifname vmap { "dmz0" : drop, "a0" : accept }')],
    ['a verdict map, tightly written', chain('iifname vmap { dmz0: drop }')],
    ['a concatenation', chain('iifname . ip saddr { "dmz0" . 192.0.2.1 } drop')],
    ['a definition', `define D = { "dmz0" }\n${chain('iifname $D drop')}`],
    ['a named set', `${chain('')}table inet u { set s { type ifname; elements = { "dmz0" } } }\n`],
    ['a command that adds it to a set', `${chain('')}add element inet u s { "dmz0" }\n`],
    [
      'a table of another family',
      `${chain('')}table bridge b { chain c { iifname "dmz0" drop; }; }\n`,
    ],
    [
      'the device of a chain',
      `${chain('')}table netdev n { chain c { type filter hook ingress device "dmz0" priority 0; } }\n`,
    ],
    ['a dup statement', chain('dup to 192.0.2.1 device "dmz0"')],
  ])('%s', (_, text) => {
    expect(messages(text, { dmz: 'dmz0' })).toEqual([])
  })

  test.each<[string, string]>([
    ['-i', '-A INPUT -i dmz0 -j DROP'],
    ['-o', '-A FORWARD -o dmz0 -j DROP'],
    ['! -i', '-A INPUT ! -i dmz0 -j DROP'],
    ['a wildcard', '-A INPUT -i dmz+ -j DROP'],
    ['a port of a bridge', '-A FORWARD -m physdev --physdev-in dmz0 -j DROP'],
    ['quotation marks', '-A INPUT -i "dmz0" -j DROP'],
  ])('iptables: %s', (_, rule) => {
    const text = `*filter\n:INPUT ACCEPT\n-A INPUT -i lan0 -j ACCEPT\n${rule}\nCOMMIT\n`
    expect(messages(text, { dmz: 'dmz0' }, 'iptables')).toEqual([])
  })
})

describe('an interface is not named by', () => {
  test.each<[string, string, PartKind]>([
    ['a comment', `# dmz0\n${chain('')}`, 'nft'],
    ['a longer name', chain('iifname "dmz01" drop'), 'nft'],
    ['a wildcard of others', chain('iifname "dm0*" drop'), 'nft'],
    ['an escaped asterisk', chain('iifname "dmz\\*" drop'), 'nft'],
    [
      'a list of banned addresses',
      '*filter\n-A INPUT -i lan0 -m set --match-set b src -j DROP\nCOMMIT\n',
      'iptables',
    ],
    [
      'a comment of iptables-save',
      '# dmz0\n*filter\n-A INPUT -i lan0 -j DROP\nCOMMIT\n',
      'iptables',
    ],
  ])('%s', (_, text, kind) => {
    expect(messages(text, { dmz: 'dmz0' }, kind)).toHaveLength(1)
  })
})

describe('no interface is refused when the text does not say which are matched', () => {
  test.each<[string, string, PartKind]>([
    ['a script', 'nft -f /dev/stdin', 'script'],
    ['groups', chain('iifgroup 7 drop'), 'nft'],
    ['kinds', chain('meta iifkind "wireguard" drop'), 'nft'],
    ['an index', chain('iif 4 drop'), 'nft'],
    [
      'a set of addresses and interfaces',
      '-A INPUT -m set --match-set b src,src -j DROP\n',
      'iptables',
    ],
  ])('%s', (_, text, kind) => {
    expect(messages(text, { dmz: 'dmz0' }, kind)).toEqual([])
  })

  test('an empty text', () => {
    expect(problemsOfLinks([{ zone: 'dmz', link: 'dmz0', at }], [])).toEqual([])
  })
})

describe('a zone may have an unnamed interface', () => {
  test('when the rules name no interface', () => {
    const none = 'table inet t { chain c { tcp dport 1 drop; }; }\n'
    expect(messages(none, { net: 'eth0', lan: 'eth1' })).toEqual([])
    const saved = '*filter\n-A INPUT -s 192.0.2.1 -j DROP\nCOMMIT\n'
    expect(messages(saved, { net: 'eth0' }, 'iptables')).toEqual([])
  })

  test('when every named interface belongs to another zone', () => {
    expect(messages(chain(''), { lan: 'lan0', wan: 'wan0', guests: 'guest0' })).toEqual([])
    const wild = chain('iifname "wg*" drop')
    expect(messages(wild, { lan: 'lan0', wan: 'wan0', vpn: 'wg3', guests: 'guest0' })).toEqual([])
    expect(messages(wild, { lan: 'lan0', wan: 'wan0', guests: 'guest0' })).toHaveLength(1)
  })
})

describe('a ruleset that was written for other interfaces', () => {
  const strangers = (text: string, ...links: string[]) =>
    strangersTo(links, { kind: 'nft', text, file: 'fw.nft' })

  test('names no interface of the scenario', () => {
    expect(strangers(chain(''), 'shop0', 'blog0')).toEqual(['lan0', 'wan0'])
  })

  test.each<[string, string]>([
    ['one interface of the scenario', chain('iifname "shop0" drop')],
    ['no interface, so it applies to all', 'table inet t { chain c { tcp dport 1 drop; }; }\n'],
    ['only the loopback', 'table inet t { chain c { iif lo accept; }; }\n'],
    ['interface groups', chain('iifgroup 1 drop')],
  ])('is accepted when it names %s', (_, text) => {
    expect(strangers(text, 'shop0', 'blog0')).toBeUndefined()
  })
})

describe('in a lab file', () => {
  const parts = [{ kind: 'nft', text: chain('iifname "eth1" drop'), file: 'fw.nft' }] as const
  const zonesOf = (...links: string[]) => links.map((link) => ({ name: `z-${link}`, link }))
  const remarks = (...links: string[]) => remarksOfLinks(zonesOf(...links), parts)
  const faults = (...links: string[]) =>
    nearMisses(zonesOf(...links), parts, at).map(({ message }) => message.split(' No zone')[0])

  test.each<[string, string, string]>([
    ['two edits', 'wna0', 'wan0'],
    ['another number', 'eth12', 'eth1'],
    ['a VLAN tag', 'eth1.5', 'eth1'],
  ])(
    'a name that differs by %s from an interface without a zone is a mistake',
    (_, link, meant) => {
      const others = ['lan0', 'wan0', 'eth1'].filter((one) => one !== meant)
      expect(faults(...others, link)).toEqual([
        `zone z-${link}: no rule of fw.nft names interface "${link}" — did you mean "${meant}"?`,
      ])
    },
  )

  test('no mistake is reported if that interface has a zone, or the names are of different kinds', () => {
    expect(faults('lan0', 'wan0', 'eth1', 'eth12')).toEqual([])
    expect(faults('lan0', 'wan0', 'docker0')).toEqual([])
  })

  test('each zone behind an unnamed interface causes a remark', () => {
    expect(remarks('lan0', 'wan0', 'eth1')).toEqual([])
    expect(remarks('lan0', 'eth2', 'tun9').map((line) => line.split(',')[0])).toEqual([
      'zone z-eth2 is behind interface "eth2"',
      'zone z-tun9 is behind interface "tun9"',
    ])
  })

  test('no remark is made if rules name no interface or only a wildcard', () => {
    const none = [
      { kind: 'nft', text: 'table inet t { chain c { tcp dport 1 drop; } }', file: 'a' },
    ] as const
    expect(remarksOfLinks(zonesOf('eth0'), none)).toEqual([])
    const kinds = [{ kind: 'nft', text: chain('iifgroup 5 drop'), file: 'a' }] as const
    expect(remarksOfLinks(zonesOf('eth0'), kinds)).toEqual([])
  })
})
