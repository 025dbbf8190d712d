/** `nftproof run` on scenarios about given firewalls, from outside: exit codes, replays, firewalls of every kind. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'nftproof-verify-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const POLICY = `policy: small
title: A small network
zones: [wan, lan]
statements:
  - { from: lan, to: wan, allow: tcp/80 }
`
const CLAIM = `title: A title
requirement: A claim.
source: Somewhere
policy: policy.yaml
zones: { wan: eth0, lan: eth1 }
`
const RULES = `table inet t {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "eth1" oifname "eth0" tcp dport 80 accept
  }
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
  }
  chain output {
    type filter hook output priority 0; policy drop;
    ct state established,related accept
  }
}
`
const SAVED = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth1 -o eth0 -p tcp -m tcp --dport 80 -j ACCEPT
-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
write('policy.yaml', POLICY)
write('rules.nft', RULES)
write('wrong.nft', RULES.replace('tcp dport 80', 'tcp dport { 80, 8080 }'))
write('broken.nft', RULES.replace('policy drop', 'policy drp'))
write(
  'limited.nft',
  RULES.replace('dport 80 accept', 'dport 80 limit rate 1/day burst 5 packets accept'),
)
write('saved', SAVED)
write('setup.sh', `#!/bin/sh\nset -e\nnft -f rules.nft\n`)
cpSync(join(folder, 'rules.nft'), join(folder, 'copy.nft'))

function run(firewall: string, ...args: readonly string[]) {
  write('claim.yaml', `${CLAIM}firewall: ${firewall}\n`)
  return nftproof(
    [
      'run',
      'claim.yaml',
      '--no-save',
      '--quiet',
      '--ports',
      '80,8080',
      '--family',
      'ipv4',
      ...args,
    ],
    { cwd: folder },
  )
}

test('a fault exits 1 and names its rule, and the replay command shows it again', () => {
  const { code, out } = run('wrong.nft')
  expect(code).toBe(1)
  expect(out).toContain('8080 expected blocked, observed OPEN')
  expect(out).toMatch(
    /by iifname "eth1" oifname "eth0" tcp dport \{ 80, 8080 \} accept\s+\(wrong\.nft:5\)/,
  )
  const replay = /nftproof (run claim\.yaml --from lan .*--ports 8080)$/m.exec(out)![1]!
  expect(nftproof([...replay.split(' '), '--no-save'], { cwd: folder }).code).toBe(1)
})

describe('firewalls of every kind', () => {
  test.each(['rules.nft', 'iptables:saved', 'script:setup.sh'])('%s conforms', (firewall) => {
    const { code, out, err } = run(firewall)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('1 scenario conforms')
  })

  test('a script gets the variables that the scenario declares', () => {
    write('variable.sh', '#!/bin/sh\nset -eu\nnft -f "$RULES"\n')
    const codes = ['rules.nft', 'wrong.nft'].map(
      (rules) => run(`script:variable.sh\nenvironment: { RULES: ${rules} }`).code,
    )
    expect(codes).toEqual([0, 1])
  })

  test('variables without a script are refused', () => {
    const { code, err } = run('rules.nft\nenvironment: { PORTS: 80 }')
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        /claim\.yaml:\d+:14: environment needs a script: this firewall has none/,
      ),
    })
  })

  test('--ruleset replaces the firewall that the scenario names', () => {
    expect(run('wrong.nft', '--ruleset', 'rules.nft').code).toBe(0)
  })
})

test('an outcome that depends on earlier packets exits 3', () => {
  const { code, out } = run('limited.nft')
  expect(out).toContain('80 expected open, observed UNSTEADY')
  expect(code).toBe(3)
})

test.each([
  ['a firewall that nft refuses', 'broken.nft', /broken\.nft:3:\d+/],
  ['a missing firewall', 'nothing.nft', /claim\.yaml:6:11: firewall nothing\.nft: no such file/],
])('%s exits 2', (_, firewall, message) => {
  const { code, err } = run(firewall)
  expect(err).toMatch(message)
  expect(code).toBe(2)
})

test('an unknown zone in --from is refused', () => {
  const { code, err } = run('rules.nft', '--from', 'nobody')
  expect(err).toContain('unknown zone, project or host "nobody"')
  expect(code).toBe(2)
})

test('compile refuses a scenario about a given firewall', () => {
  run('rules.nft', '--list')
  const { code, err } = nftproof(['compile', 'policy.yaml', '--scenario', 'claim.yaml'], {
    cwd: folder,
  })
  expect(err).toMatch(/^nftproof: --scenario: policy\.yaml /)
  expect(code).toBe(2)
})

test('spoofed source addresses and unusual packets must be blocked too', () => {
  const file = join(folder, 'holes.nft')
  const holes = [
    'iifname "eth0" oifname "eth1" ip saddr 10.20.1.5 tcp dport 7001 accept',
    'iifname "eth0" oifname "eth1" tcp dport 7002 tcp flags & (fin|syn|rst|ack) == fin accept',
    'iifname "eth0" oifname "eth1" meta length 200 udp dport 7003 accept',
  ]
  const opened = RULES.replace(
    '    iifname "eth1"',
    `${holes.map((hole) => `    ${hole}\n`).join('')}    iifname "eth1"`,
  )
  writeFileSync(file, opened)
  writeFileSync(join(folder, 'policy.yaml'), POLICY)
  const zones =
    'zones:\n  wan: { link: eth0, addresses: [203.0.113.10/24] }\n  lan: { link: eth1, addresses: [10.20.1.10/24] }\n'
  writeFileSync(
    join(folder, 'holes.yaml'),
    `${CLAIM.replace(/zones: .*\n/, zones)}firewall: holes.nft\n`,
  )
  const { code, out } = nftproof(
    [
      'run',
      'holes.yaml',
      '--no-save',
      '--quiet',
      '--ports',
      '7000-7004',
      '--from',
      'wan',
      '--to',
      'lan',
    ],
    { cwd: folder },
  )
  expect(code).toBe(1)
  expect(out).toMatch(/wan as 10\.20\.1\.5 → lan · IPv4 · TCP · 7001 /)
  expect(out).toMatch(/wan as flags fin → lan · IPv4 · TCP · 7002 /)
  expect(out).toMatch(/wan as length 200 → lan · IPv4 · UDP · 7003 /)
})
