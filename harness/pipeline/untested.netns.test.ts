/**
 * Rules that no probe varies, from outside: a run through them is not
 * proved, unless its scenario accepts each of them by name.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'nftproof-untested-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const run = (...args: readonly string[]) => nftproof(['run', ...args, '--no-save'], { cwd: folder })

write(
  'policy.yaml',
  `policy: small
title: A small network
zones: [wan, lan]
statements:
  - { from: lan, to: wan, allow: tcp/80 }
`,
)
const scenario = (rules: string, more = ''): string => `title: The LAN browses
requirement: The LAN reaches web servers.
source: A test
firewall: ${rules}
policy: policy.yaml
zones: { wan: eth0, lan: eth1 }
${more}`
const rules = (forward: string, input = ''): string => `table inet t {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    ${forward}
    iifname "eth1" oifname "eth0" tcp dport 80 accept
  }
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    ${input}
  }
  chain output {
    type filter hook output priority 0; policy drop;
    ct state established,related accept
  }
}
`
const MARKED = 'meta mark 0x7 tcp dport 3306 accept'
write('marked.nft', rules(MARKED))
write('marked.yaml', scenario('marked.nft'))
const NARROW = ['--family', 'ipv4', '--protocol', 'tcp', '--ports', '79-81,3306']

describe('a policy for zones', () => {
  test('a rule on a field that probes do not vary is not proved, and reported with its line', () => {
    const { code, out } = run('marked.yaml', ...NARROW)
    expect(code).toBe(3)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'not proved: marked.nft:5: meta mark 0x00000007 tcp dport 3306 accept: no probe varies marks',
    )
    expect(out).toContain('1 rule not tested in 1 scenario')
  })

  test('a scenario can accept the rule by its text, with a reason', () => {
    const untested = `untested:
  - rule: meta mark 0x00000007  tcp dport 3306 accept
    reason: the mark is set by the VPN daemon
  - rule: tcp dport 9 accept
    reason: gone
`
    write('accepted.yaml', scenario('marked.nft', untested))
    const { code, out } = run('accepted.yaml', ...NARROW)
    expect(code).toBe(0)
    const text = out.replaceAll(/\s+/g, ' ')
    expect(text).toContain('accepted untested: marked.nft:5: ')
    expect(text).toContain('(the mark is set by the VPN daemon)')
    expect(text).toContain('"tcp dport 9 accept" matches no untested rule: remove this entry')
  })

  test('accepting another rule has no effect', () => {
    const untested = `untested:\n  - { rule: tcp dport 3306 accept, reason: no }\n`
    write('other.yaml', scenario('marked.nft', untested))
    expect(run('other.yaml', ...NARROW).code).toBe(3)
  })

  test('rules of a table that no probe reaches are not proved', () => {
    const arp = `table arp a {
  chain c {
    type filter hook input priority 0;
    arp operation request drop
  }
}
`
    write('arp.nft', `${rules('')}${arp}`)
    write('arp.yaml', scenario('arp.nft'))
    const { code, out } = run('arp.yaml', ...NARROW)
    expect(code).toBe(3)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'arp operation request drop: no probe varies ARP, which the lab does not use',
    )
  })

  test('a mismatch outweighs an untested rule', () => {
    write('open.nft', rules(`${MARKED}\n    tcp dport 79 accept`))
    write('open.yaml', scenario('open.nft'))
    expect(run('open.yaml', ...NARROW).code).toBe(1)
  })

  test.each([
    ['it has only a counter', rules('meta mark 7 counter')],
    ['it is of the other family', rules('meta mark 7 ip6 nexthdr udp accept')],
    [
      'it matches an interface that is missing in the lab',
      rules('iifname "lo" meta mark 7 accept'),
    ],
    ['no jump leads to it', rules('', '').replace('chain input', 'chain idle { }\n  chain input')],
  ])('a rule that decides no path of the scenario does not count: %s', (name, text) => {
    const file = `${name.replaceAll(' ', '-')}.nft`
    write(file, text.replace('chain idle { }', 'chain idle {\n    meta mark 7 accept\n  }'))
    write(`${file}.yaml`, scenario(file))
    expect(run(`${file}.yaml`, ...NARROW).code).toBe(0)
  })

  test('a rule behind a named verdict map is not proved', () => {
    const verdicts = `table inet t {
  map m { type ifname : verdict; elements = { "eth1" : jump odd } }
  chain odd {
    tcp dport 3306 limit rate over 9000/second burst 9000 packets drop
  }
`
    const own = rules('iifname vmap @m').replace('table inet t {\n', verdicts)
    write('verdicts.nft', own)
    write('verdicts.yaml', scenario('verdicts.nft'))
    const { code, out } = run('verdicts.yaml', ...NARROW)
    expect(code).toBe(3)
    expect(out).toContain('not proved: verdicts.nft:4: ')
  })

  test.each([
    ['more than the limit are listed', 24, 3],
    ['a few are all tried', 3, 0],
  ])('rules on a source and a length at once: %s', (name, count, expected) => {
    const both = Array.from(
      { length: count },
      (_, i) =>
        `iifname "eth0" ip saddr 198.51.100.${2 * i + 1} meta length ${100 + 7 * i} tcp dport 3306 drop`,
    )
    const file = `${name.replaceAll(' ', '-')}.nft`
    write(file, rules(both.join('\n    ')))
    write(`${file}.yaml`, scenario(file))
    const { code, out } = run(`${file}.yaml`, ...NARROW, '--reporter', 'json')
    expect(code).toBe(expected)
    const [{ untested = [] }] = JSON.parse(out).scenarios
    const what = untested.map((rule: { what: string[] }) => rule.what)
    expect(what.length > 0).toBe(expected === 3)
    expect(what.flat()).toEqual(
      what.map(() => 'combinations of source addresses and packet lengths'),
    )
    // Some of them were tried, and they are not listed.
    expect(what.length).toBeLessThan(count)
  })

  test('an untested rule is an error in JUnit and a record in JSON', () => {
    const { code } = run('marked.yaml', ...NARROW, '--reporter', 'junit=out.xml')
    expect(code).toBe(3)
    expect(readFileSync(join(folder, 'out.xml'), 'utf8')).toMatch(
      /<error message="not proved: marked\.nft:5: /,
    )
    const { out } = run('marked.yaml', ...NARROW, '--reporter', 'json')
    expect(JSON.parse(out).scenarios[0]).toMatchObject({
      status: 'unknown',
      untested: [
        {
          rule: 'meta mark 0x00000007 tcp dport 3306 accept',
          chain: 'inet t forward',
          at: { file: 'marked.nft', line: 5 },
          what: ['marks'],
        },
      ],
    })
  })
})

describe('an egress policy and a given ruleset', () => {
  const shop = (extra: string): string => `table inet shop {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ${extra}
    tcp dport { 22, 53, 80, 123, 443, 1025-65535 } accept
  }
  chain input {
    type filter hook input priority filter; policy drop;
    meta skuid 7 accept
  }
}
`
  const given = (file: string, ...args: readonly string[]) =>
    nftproof(['run', 'default-egress', '--ruleset', join(folder, file), ...args, '--no-save'], {
      cwd: join(import.meta.dirname, '../..'),
    })

  test.each([
    ['tcp option maxseg size', 'tcp option maxseg size 1-500 drop'],
    ['marks', 'meta mark 7 tcp dport 443 drop'],
  ])('%s are not varied: %s', (what, rule) => {
    write('shop.nft', shop(rule))
    const { code, out } = given('shop.nft', ...NARROW.slice(0, 4), '--ports', '22-26,443')
    expect(code).toBe(3)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(`no probe varies ${what}`)
    expect(out).toContain('shop.nft:5')
  })

  test('classes of addresses beyond the limit are reported as not varied', () => {
    const networks = Array.from({ length: 80 }, (_, i) => `198.18.${i}.0/25`)
    const rules = networks.map((network, i) => `ip daddr ${network} tcp dport ${2000 + i} accept`)
    write('many.nft', shop(rules.join('\n    ')))
    const { code, out } = given('many.nft', ...NARROW.slice(0, 4), '--ports', '22-26,443')
    expect(code).toBe(3)
    expect(out.replaceAll(/\s+/g, ' ')).toContain('no probe varies destination addresses')
  })

  test.each([
    ['ports and protocols', 'meta l4proto tcp th dport 443 accept'],
    ['the network of a project', 'ip saddr 10.20.1.0/24 tcp dport 443 accept'],
    ['a statement that sets the segment size', 'tcp flags syn tcp option maxseg size set rt mtu'],
    ['the state of a flow', 'ct state invalid drop'],
  ])('%s are varied or have no effect', (_, rule) => {
    write('plain.nft', shop(rule))
    const { code, out } = given('plain.nft', ...NARROW.slice(0, 4), '--ports', '22-26,443')
    expect({ code, out: out.match(/not proved.*/g) }).toEqual({ code: 0, out: null })
  })
})
