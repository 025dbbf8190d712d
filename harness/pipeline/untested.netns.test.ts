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
  test('a rule that no probe varies: not proved, named with its line', () => {
    const { code, out } = run('marked.yaml', ...NARROW)
    expect(code).toBe(3)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'not proved: marked.nft:5: meta mark 0x00000007 tcp dport 3306 accept: no probe varies marks',
    )
    expect(out).toContain('1 rule not tested in 1 scenario')
  })

  test('the scenario accepts it by its words, with a reason', () => {
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

  test('accepting another rule does not help', () => {
    const untested = `untested:\n  - { rule: tcp dport 3306 accept, reason: no }\n`
    write('other.yaml', scenario('marked.nft', untested))
    expect(run('other.yaml', ...NARROW).code).toBe(3)
  })

  test('a table that no probe comes to: its rules are not proved', () => {
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

  test('a mismatch outweighs it', () => {
    write('open.nft', rules(`${MARKED}\n    tcp dport 79 accept`))
    write('open.yaml', scenario('open.nft'))
    expect(run('open.yaml', ...NARROW).code).toBe(1)
  })

  test.each([
    ['it only counts', rules('meta mark 7 counter')],
    ['it is of the other family', rules('meta mark 7 ip6 nexthdr udp accept')],
    ['it asks for an interface that the lab lacks', rules('iifname "lo" meta mark 7 accept')],
    ['nothing leads to it', rules('', '').replace('chain input', 'chain idle { }\n  chain input')],
  ])('a rule that decides nothing of the scenario does not count: %s', (name, text) => {
    const file = `${name.replaceAll(' ', '-')}.nft`
    write(file, text.replace('chain idle { }', 'chain idle {\n    meta mark 7 accept\n  }'))
    write(`${file}.yaml`, scenario(file))
    expect(run(`${file}.yaml`, ...NARROW).code).toBe(0)
  })

  test('in JUnit it is an error, in JSON a record', () => {
    const { code } = run('marked.yaml', ...NARROW, '--junit', 'out.xml')
    expect(code).toBe(3)
    expect(readFileSync(join(folder, 'out.xml'), 'utf8')).toMatch(
      /<error message="not proved: marked\.nft:5: /,
    )
    const { out } = run('marked.yaml', ...NARROW, '--json')
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
    ['source addresses', 'ip saddr 10.20.1.128/25 tcp dport 443 drop'],
    ['destination addresses', 'ip daddr 192.0.2.0/24 tcp dport 6667 drop'],
    ['DSCP values', 'ip dscp ef tcp dport 443 drop'],
    ['TCP flags', 'tcp flags fin tcp dport 25 accept'],
    ['tcp option maxseg size', 'tcp option maxseg size 1-500 drop'],
    ['packet lengths', 'meta length 1200-1300 drop'],
    // Answers come from there.
    ['source addresses', 'ip saddr 198.51.100.0/24 tcp sport 443 drop'],
  ])('%s are not varied: %s', (what, rule) => {
    // Before what is established, so that answers come to it as well.
    write('shop.nft', shop(rule).replace(/(ct state .*\n)(.*\n)/, '$2$1'))
    const { code, out } = given('shop.nft', ...NARROW.slice(0, 4), '--ports', '22-26,443')
    expect(code).toBe(3)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(`no probe varies ${what}`)
    expect(out).toContain('shop.nft:4')
  })

  test.each([
    ['ports and protocols', 'meta l4proto tcp th dport 443 accept'],
    ['the network of a project', 'ip saddr 10.20.1.0/24 tcp dport 443 accept'],
    ['the segment size, written', 'tcp flags syn tcp option maxseg size set rt mtu'],
    ['the course of a flow', 'ct state invalid drop'],
  ])('%s are varied, or decide nothing', (_, rule) => {
    write('plain.nft', shop(rule))
    const { code, out } = given('plain.nft', ...NARROW.slice(0, 4), '--ports', '22-26,443')
    expect({ code, out: out.match(/not proved.*/g) }).toEqual({ code: 0, out: null })
  })
})
