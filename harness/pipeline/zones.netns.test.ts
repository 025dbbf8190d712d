/** The office's firewall held against its paper: as it is, and with one fault at a time. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { PortSet } from '../../src/net/port-set.ts'
import type { Protocol } from '../../src/net/protocol.ts'
import { readZonePolicy } from '../../src/policy/zones/read.ts'
import type { ScenarioResult } from '../../src/result/result.ts'
import { decidingStep } from '../../src/result/trace.ts'
import { compileZones } from '../../src/ruleset/zones.ts'
import { runHere, SCENARIOS } from '../../tools/testing/wrong.ts'
import { isLoadedFirewallScenario, loadScenarios } from '../input/load.ts'
import { prepare } from '../input/prepare-zones.ts'
import type { RunOptions } from './contract.ts'

const OFFICE = readFileSync(
  new URL('../../scenarios/firewalls/office.nft', import.meta.url),
  'utf8',
)
const HOME = readFileSync(new URL('../../scenarios/firewalls/home.nft', import.meta.url), 'utf8')

function firewallOf(text: string): Firewall {
  const file = 'fw.nft'
  return {
    origin: file,
    parts: [{ kind: 'nft', file, text, stretches: [{ from: 1, file, line: 1 }] }],
  }
}

/** With every one of these changes made, each of which must change something. */
function changed(text: string, ...changes: readonly (readonly [RegExp, string])[]): Firewall {
  return firewallOf(
    changes.reduce((all, [from, to]) => {
      if (!from.test(all)) throw new Error(`nothing to change: ${from}`)
      return all.replace(from, to)
    }, text),
  )
}

async function runOffice(
  id: string,
  firewall?: Firewall,
  more: Partial<RunOptions> = {},
): Promise<ScenarioResult> {
  const [loaded] = loadScenarios(SCENARIOS, [id])
  if (!loaded || !isLoadedFirewallScenario(loaded)) throw new Error(`${id} is about no firewall`)
  const result = await runHere({ loaded: [await prepare(loaded, { instead: firewall })], ...more })
  return result.scenarios[0]!
}

const FEW = { ports: PortSet.parse('21-26,79-81,443'), protocols: ['tcp'] as Protocol[] }

/** `wan → web ipv4 443 OPEN fw.nft:15`, of what is wrong from the ends' own addresses. */
function wrongIn({ tables }: ScenarioResult): string[] {
  return tables
    .filter(({ as, destination, sourcePort }) => (as ?? destination ?? sourcePort) === undefined)
    .flatMap(({ from, to, family, rows }) =>
      rows
        .filter(({ verdict }) => verdict !== 'conforms')
        .map(({ observed, evidence, ...row }) => {
          const step = evidence && decidingStep({ probe: '', steps: evidence.trace })
          const numbers = row.from === row.to ? `${row.from}` : `${row.from}-${row.to}`
          return `${from} → ${to} ipv${family} ${numbers} ${observed.kind} ${step?.at?.file}:${step?.at?.line}`
        }),
    )
}

const lineOf = ({ parts }: Firewall, words: string): number =>
  parts[0]!.text.split('\n').findIndex((line) => line.includes(words)) + 1

const TO_WEB = { ...FEW, from: ['wan', 'lan'], to: ['web'] }

const both = (texts: (family: 4 | 6) => string[]): string[] => [...texts(4), ...texts(6)]

test('the office conforms on all paths, with every kind of check', async () => {
  const result = await runOffice('office/paper', undefined, { ports: FEW.ports })
  expect(wrongIn(result)).toEqual([])
  expect(result.status).toBe('conforms')
  const paths = new Set(result.tables.map(({ from, to }) => `${from} → ${to}`))
  expect(paths.size).toBe(26)
  expect(result.controls.every(({ passed }) => passed)).toBe(true)
  const protocols = (checks: readonly { readonly protocol: string }[]) =>
    [...new Set(checks.map(({ protocol }) => protocol))].sort()
  expect({
    handshakes: protocols(result.handshakes),
    sourcePorts: protocols(result.sourcePorts),
  }).toEqual({ handshakes: ['tcp'], sourcePorts: ['tcp', 'udp'] })
})

describe('a fault is found in its own rows only, with its rule', () => {
  test('port 443 is open towards the web server too', async () => {
    const firewall = changed(OFFICE, [
      /(\$wan, \$lan \}) tcp dport 80 accept/,
      '$1 tcp dport { 80, 443 } accept',
    ])
    const result = await runOffice('office/paper', firewall, FEW)
    const line = lineOf(firewall, '{ 80, 443 }')
    expect(wrongIn(result)).toEqual(
      both((family) =>
        ['wan', 'lan', 'admin'].map((from) => `${from} → web ipv${family} 443 open fw.nft:${line}`),
      ),
    )
    expect(result.status).toBe('mismatch')
  })

  test('SSH is open from all of the LAN', async () => {
    const firewall = changed(OFFICE, [
      /ip saddr \$admin4 tcp dport 22 accept/,
      'tcp dport 22 accept',
    ])
    const result = await runOffice('office/paper', firewall, TO_WEB)
    const line = lineOf(firewall, '$lan tcp dport 22')
    expect(wrongIn(result)).toEqual(
      both((family) => [`lan → web ipv${family} 22 open fw.nft:${line}`]),
    )
  })

  test('SSH is open from a part of the LAN without a named host', async () => {
    const firewall = changed(OFFICE, [
      /ip saddr \$admin4 tcp dport 22 accept/,
      'ip saddr { $admin4, 10.20.1.192/26 } tcp dport 22 accept',
    ])
    const result = await runOffice('office/paper', firewall, { ...TO_WEB, families: [4] })
    expect(wrongIn(result)).toEqual([])
    const found = result.tables.filter(({ rows }) =>
      rows.some(({ verdict }) => verdict === 'mismatch'),
    )
    expect(found.map(({ from, to }) => `${from} → ${to}`)).toContain('lan → web')
    for (const { as, variant } of found)
      expect(variant && as).toMatch(/^10\.20\.1\.(19[2-9]|2[0-4]\d|25[0-4])$/)
    expect(result.status).toBe('mismatch')
  })

  test('IPv6 is not filtered', async () => {
    const firewall = changed(
      OFFICE,
      [/.*ip6 daddr.*\n/, ''],
      [/.*ip6 saddr \$admin6.*\n/, ''],
      [/.*ip6 saddr \$admin6.*\n/, ''],
    )
    const result = await runOffice('office/paper', firewall, FEW)
    const [forward, input] = ['forward', 'input'].map((hook) => lineOf(firewall, `hook ${hook}`))
    expect(wrongIn(result)).toEqual([
      `wan → web ipv6 80 dropped fw.nft:${forward}`,
      `lan → web ipv6 80 dropped fw.nft:${forward}`,
      `admin → web ipv6 22 dropped fw.nft:${forward}`,
      `admin → web ipv6 80 dropped fw.nft:${forward}`,
      `admin → firewall ipv6 22 dropped fw.nft:${input}`,
    ])
  })

  test('traffic from the Internet is not filtered', async () => {
    const firewall = changed(OFFICE, [/iifname \{ \$wan, \$lan \}/, 'iifname $lan'])
    const result = await runOffice('office/paper', firewall, TO_WEB)
    expect(wrongIn(result).map((text) => text.replace(/ fw.*/, ''))).toEqual(
      both((family) => [`wan → web ipv${family} 80 dropped`]),
    )
  })

  test('blocked ports are rejected where the policy says dropped', async () => {
    const firewall = changed(OFFICE, [/tcp dport 25 drop/, 'tcp dport 25 reject with tcp reset'])
    const result = await runOffice('office/paper', firewall, { ...FEW, to: ['wan'] })
    const line = lineOf(firewall, 'reject with tcp reset')
    expect(wrongIn(result)).toEqual(
      both((family) =>
        ['lan', 'admin'].map((from) => `${from} → wan ipv${family} 25 rejected fw.nft:${line}`),
      ),
    )
  })

  test('the firewall itself sends forbidden packets', async () => {
    const firewall = changed(OFFICE, [
      /oifname \$wan tcp dport 443 accept/,
      'tcp dport { 25, 443 } accept',
    ])
    const result = await runOffice('office/paper', firewall, {
      ...FEW,
      from: ['firewall'],
      families: [4],
    })
    const line = lineOf(firewall, '{ 25, 443 }')
    expect(wrongIn(result)).toEqual(
      [
        `firewall → wan ipv4 25 open fw.nft:${line}`,
        ...['lan', 'admin', 'dmz', 'web'].map(
          (to) => `firewall → ${to} ipv4 25 open fw.nft:${line}`,
        ),
        ...['lan', 'admin', 'dmz', 'web'].map(
          (to) => `firewall → ${to} ipv4 443 open fw.nft:${line}`,
        ),
      ].sort(byPath),
    )
  })

  test('from source port 53 everything is open', async () => {
    const firewall = changed(OFFICE, [
      /(ip daddr \$web4)/,
      'iifname $wan tcp sport 53 accept\n        $1',
    ])
    const result = await runOffice('office/paper', firewall, { ...TO_WEB, families: [4] })
    expect(result.status).toBe('mismatch')
    const found = result.tables.filter(({ rows }) =>
      rows.some(({ verdict }) => verdict === 'mismatch'),
    )
    expect(new Set(found.map(({ from, sourcePort }) => `${from} ${sourcePort}`))).toEqual(
      new Set(['wan 53']),
    )
  })
})

const byPath = (a: string, b: string): number => {
  const order = ['wan', 'lan', 'admin', 'dmz', 'web']
  const place = (text: string): number => order.indexOf(/→ (\w+)/.exec(text)![1]!)
  return place(a) - place(b)
}

test('a limit makes a port unsteady: neither open nor blocked, never a pass', async () => {
  const firewall = changed(OFFICE, [
    /(\$wan, \$lan \} tcp dport 80) accept/,
    '$1 limit rate 1/day burst 5 packets accept',
  ])
  const result = await runOffice('office/paper', firewall, {
    ...FEW,
    families: [4],
    from: ['wan'],
    to: ['web'],
  })
  expect(wrongIn(result)).toEqual([
    `wan → web ipv4 80 unsteady fw.nft:${lineOf(firewall, 'limit rate')}`,
  ])
  // As of every other scenario: what was not tried is among the problems.
  expect(result.problems.join()).toContain('handshakes and other source ports were not tried')
  expect(result.status).toBe('unknown')
})

test.each([79, 81])('a port that opens after a knock at %i never passes', async (knock) => {
  const firewall = changed(
    OFFICE,
    [/(table inet \w+ \{\n)/, '$1  set knocked { type ipv4_addr; flags dynamic; size 64; }\n'],
    [
      /(.*\$wan, \$lan \} )tcp dport 80 accept/,
      `$1tcp dport ${knock} add @knocked { ip saddr } drop\n$1ip saddr @knocked tcp dport 80 accept`,
    ],
  )
  const result = await runOffice('office/paper', firewall, {
    ...FEW,
    families: [4],
    from: ['wan'],
    to: ['web'],
  })
  expect(wrongIn(result).map((line) => line.replace(/ fw\.nft.*/, ''))).toEqual([
    'wan → web ipv4 80 unsteady',
  ])
  expect(result.status).toBe('unknown')
})

describe('translated packets are judged by where they arrive', () => {
  const more = { ports: PortSet.parse('22,80,443,8080') }

  test('the router conforms', async () => {
    const result = await runOffice('office/home', undefined, more)
    expect(wrongIn(result)).toEqual([])
    expect(result.status).toBe('conforms')
    const published = result.tables
      .find(({ from, to, protocol }) => `${from} ${to} ${protocol}` === 'internet firewall tcp')!
      .rows.find((row) => row.from === 8080)!
    expect(published.observed).toMatchObject({ kind: 'translated', way: 'open' })
  })

  test('a published port that leads to another service is found', async () => {
    const firewall = changed(
      HOME,
      [/192\.168\.1\.20:80/, '192.168.1.20:22'],
      [/ip daddr 192\.168\.1\.20 tcp dport 80/, 'ip daddr 192.168.1.20 tcp dport { 22, 80 }'],
    )
    const result = await runOffice('office/home', firewall, {
      ...more,
      families: [4],
      protocols: ['tcp'],
    })
    expect(wrongIn(result).join('\n')).toContain('internet → firewall ipv4 8080 translated')
    expect(result.status).toBe('mismatch')
  })
})

describe('a ruleset compiled from a policy conforms to it', () => {
  const HEAD = `policy: made-up
title: Made up
zones: [wan, lan, dmz]
hosts:
  web: { zone: dmz, addresses: [192.0.2.80, "2001:db8:2::80"] }
  old: { zone: lan, addresses: [10.20.1.5] }
`
  test.each([
    [
      'closed, with rejections',
      `otherwise: reject
statements:
  - { from: any, to: web, allow: [tcp/20-30, icmp/echo-request, ip/gre] }
  - { from: wan, to: any, deny: tcp/25, by: drop }
  - { from: old, to: any, allow: any }
  - { from: lan, to: firewall, allow: udp/22, families: [ipv6] }
`,
    ],
    [
      'open, with exceptions',
      `otherwise: allow
statements:
  - { from: wan, to: [lan, firewall], deny: any }
  - { from: dmz, to: any, deny: [tcp/22, udp, icmp], by: admin-prohibited }
  - { from: any, to: old, deny: tcp }
`,
    ],
  ])('%s', async (_, statements) => {
    const reading = readZonePolicy(`${HEAD}${statements}`, 'made-up.yaml')
    const [loaded] = loadScenarios(SCENARIOS, ['office/paper'])
    if (!reading.ok || !loaded || !isLoadedFirewallScenario(loaded))
      throw new Error('does not read')
    const links = new Map([
      ['wan', 'eth0'],
      ['lan', 'eth1'],
      ['dmz', 'eth2'],
    ])
    const firewall = firewallOf(compileZones(reading.value, links))
    const sweeps = [{ ports: PortSet.parse('19-31'), names: [] }]
    const claim = { ...loaded, policy: reading.value, scenario: { ...loaded.scenario, sweeps } }
    const result = await runHere({ loaded: [await prepare(claim, { instead: firewall })] })
    expect(wrongIn(result.scenarios[0]!)).toEqual([])
    expect(result.status).toBe('conforms')
  })
})

test('when the harness loses answers, a control fails: no verdict', async () => {
  const result = await runOffice('office/paper', undefined, {
    ...FEW,
    families: [4],
    faults: { deadResponder: true },
  })
  expect(result.status).toBe('unknown')
  expect(result.tables).toEqual([])
  expect(result.problems.join()).toContain('a control failed')
})
