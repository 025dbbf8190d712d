/**
 * Grants in policies for zones: the compiled ruleset opens them for their host alone and while they
 * are in force, a wrong ruleset is found, and flows of a revoked grant are kept or cut.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readLab } from '../../src/lab/read.ts'
import { PortSet } from '../../src/net/port-set.ts'
import { zonesWithGrants } from '../../src/platform/zones.ts'
import { zonePolicyOf } from '../../src/policy/zones/fixtures.ts'
import { requestOf } from '../../src/request/fixtures.ts'
import type { FlowResult } from '../../src/result/result.ts'
import { nftproof } from '../../tools/testing/command.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'
import { startSandbox } from '../sandbox/start.ts'
import { measure } from './request.ts'

const folder = mkdtempSync(join(tmpdir(), 'nftproof-zone-grants-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'requests'))
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const at = (...args: readonly string[]) => nftproof(args, { cwd: folder })

const POLICY = `policy: office
title: Office network
zones: [wan, lan, dmz]
hosts:
  web: { zone: dmz, addresses: [192.0.2.80, "2001:db8:2::80"], organization: sales }
  backup: { zone: lan, addresses: [10.20.1.7, "fd00:20:1::7"], organization: it }
otherwise: drop
grants: { to: wan, revoked: cut }
statements:
  - { from: lan, to: wan, allow: [tcp/443, udp/53] }
  - { from: lan, to: wan, deny: tcp/25 }
  - { from: wan, to: web, allow: tcp/80 }
`
const LAB = `zones:
  wan: { link: eth0, addresses: [203.0.113.10/24, "2001:db8:ffff::10/64"], default: true }
  lan: { link: eth1, addresses: [10.20.1.10/24, "fd00:20:1::10/64"] }
  dmz: { link: eth2, addresses: [192.0.2.10/24, "2001:db8:2::10/64"] }
`
const reading = readLab('lab.yaml', LAB)
if (!reading.ok) throw new Error('the lab does not read')
const LAB_PLAN = reading.value
const ASKED = requestOf(
  { project: 'backup', organization: 'it', ports: '{ tcp: "873,443,25" }' },
  'asked.yaml',
)
const request = (id: string, more: string): string => `request: ${id}
${more}
useCase: A use case of more than a few words
requested: 2026-06-01
`
write('policy.yaml', POLICY)
write('lab.yaml', LAB)
write('platform.yaml', 'policy: policy.yaml\nlab: lab.yaml\nrequests: [requests]\n')
write(
  'requests/backup-ssh.yaml',
  request(
    'backup-ssh',
    `project: backup
organization: it
ports: { tcp: "22,25" }
decision: { status: approved, by: me, on: 2026-06-02, reason: fine, until: 2026-12-31 }`,
  ),
)
write(
  'requests/web-vpn.yaml',
  request(
    'web-vpn',
    `project: web
organization: sales
ports: { udp: 51820-51822 }
destinations: [198.51.100.0/24]
decision: { status: approved, by: me, on: 2026-06-02, reason: fine }`,
  ),
)
write(
  'office.yaml',
  `title: Grants of hosts
requirement: Each host has its grants, and no other one has them.
source: A test
firewall: policy:platform.yaml
policy: policy.yaml
lab: lab.yaml
requests: [requests]
at: 2026-07-01
sweeps: [{ to: wan, protocols: [tcp, udp] }]
`,
)
const FEW = ['--no-save', '--ports', '20-26,443-444,51819-51823', '--family', 'ipv4']
const compiled = (day: string): string => at('compile', 'platform.yaml', '--at', day).out

test('the compiled ruleset gives each grant to its host alone, in both families', () => {
  const { out, code } = at('run', 'office.yaml', ...FEW.slice(0, 3))
  expect(out).toMatch(/backup → wan +│ tcp\/22, tcp\/443/)
  expect(out).toMatch(/lan → wan +│ tcp\/443/)
  expect(out).toContain('1 scenario conforms')
  expect(code).toBe(0)
})

describe('a ruleset that is not that of the grants is found', () => {
  test.each<[string, (text: string) => string, RegExp]>([
    [
      'open to the neighbours of the host',
      (text) =>
        text.replace(
          'iifname . ip saddr . tcp dport @granted_tcp4_32 counter accept',
          'iifname "eth1" tcp dport 22 counter accept',
        ),
      /lan → wan[\s\S]*│ 22 .*(?:OPEN|ONE-WAY)/,
    ],
    [
      'without the element',
      (text) => text.replace(/.*10\.20\.1\.7 \. 22 comment.*\n/, ''),
      /backup → wan[\s\S]*│ 22 .*DROPPED/,
    ],
    [
      'to every destination',
      (text) => text.replaceAll(/ip daddr 198\.51\.100\.0\/24 (?=udp dport)/g, ''),
      /web → wan[\s\S]*│ 51820–51822 .*(?:OPEN|ONE-WAY)/,
    ],
    [
      'of a grant that has expired',
      () => compiled('2026-07-01'),
      /backup → wan[\s\S]*│ 22 .*(?:OPEN|ONE-WAY)/,
    ],
  ])('%s', (what, spoil, expected) => {
    const day = what.includes('expired') ? '2027-01-01' : '2026-07-01'
    const text = compiled(day)
    expect(spoil(text)).not.toBe(text)
    write('broken.nft', spoil(text))
    const { out, code } = at('run', 'office.yaml', '--ruleset', 'broken.nft', '--at', day, ...FEW)
    expect(out).toMatch(expected)
    expect(code).toBe(1)
  })

  test('on the day after its last day, the compiled ruleset conforms without it', () => {
    const { out, err, code } = at('run', 'office.yaml', '--at', '2027-01-01', ...FEW)
    expect(err).toContain('grant "backup-ssh" of project "backup" expired on 2026-12-31')
    expect(out).not.toContain('tcp/22')
    expect(code).toBe(0)
  })
})

test('a rollout is the elements of the host: --base prints them, and both ways load', () => {
  write('old.nft', compiled('2026-06-01'))
  const { out, code } = at(
    'compile',
    'platform.yaml',
    '--at',
    '2026-06-02',
    '--base',
    'old.nft',
    '--check',
  )
  expect(code).toBe(0)
  expect(out).toContain(
    'add element inet zones_office granted_tcp4_32 { "eth1" . 10.20.1.7 . 22 comment',
  )
  expect(out).toContain('add chain inet zones_office grants_udp_web')
  expect(out).not.toContain('delete table')
  const smallest = at('compile', 'policy.yaml', '--lab', 'lab.yaml', '--check')
  expect(smallest.out).not.toContain('granted')
  const taking = at('compile', 'policy.yaml', '--lab', 'lab.yaml', '--grants', '--check')
  expect(taking.out).toContain('set granted_tcp4_32 {')
  expect([smallest.code, taking.code]).toEqual([0, 0])
})

describe('request review of a host', () => {
  write(
    'asked.yaml',
    request('backup-sync', 'project: backup\norganization: it\nports: { tcp: "873,443,25" }'),
  )
  const review = () =>
    at(
      'request',
      'review',
      'asked.yaml',
      '--no-measure',
      '--platform',
      'platform.yaml',
      '--at',
      '2026-07-01',
    )

  test('says what opens, what is open and what stays closed', () => {
    const { out, code } = review()
    const text = out.replaceAll(/\s+/g, ' ')
    expect(text).toContain('at every address in zone wan')
    expect(text).toContain('tcp 443 is already open to backup')
    expect(text).toContain('tcp 25 is denied in policy.yaml:11: no grant opens it')
    expect(text).toContain('"backup-sync" overlaps "backup-ssh"')
    expect(code).toBe(0)
  })

  const measured = (spoil?: (text: string) => string) => {
    const { sandbox } = startSandbox({ rootless: mustBeRootless() })
    const policy = zonePolicyOf(POLICY)
    const setting = { policy, lab: LAB_PLAN, zones: zonesWithGrants(policy, LAB_PLAN), grants: [] }
    const ports = PortSet.parse('20-26,440-445,870-880')
    return measure(ASKED, { sandbox, ...setting, ports, ...(spoil ? { spoil } : {}) }).finally(() =>
      sandbox.close(),
    )
  }

  test('measures that exactly the requested ports open, for the host alone', async () => {
    const found = await measured()
    if (found.verdict === 'not measured') throw new Error(found.reason)
    expect(found.verdict).toBe('exact')
    expect(found.beyond).toEqual([])
    expect([...new Set(found.rows.map(({ from }) => from))].sort()).toEqual([
      'backup',
      'lan',
      'web',
    ])
    const opening = found.rows.filter(({ opened }) => !opened.isEmpty)
    expect(new Set(opening.map(({ from, opened }) => `${from} ${opened}`))).toEqual(
      new Set(['backup 873']),
    )
  })

  test.each<[string, (text: string) => string, string]>([
    [
      'the whole zone',
      (text) =>
        text.replace('chain tcp_granted {\n', '$&\t\tiifname "eth1" tcp dport 873 accept\n'),
      'lan',
    ],
    ['no host', (text) => text.replaceAll(/.*\. 873 comment.*\n/g, ''), 'backup'],
  ])('a ruleset that opens it for %s is not exact', async (_, spoil, wrong) => {
    const found = await measured(spoil)
    if (found.verdict === 'not measured') throw new Error(found.reason)
    expect(found.verdict).toBe('different')
    const different = found.rows.filter(({ verdict }) => verdict === 'different')
    expect(different.map(({ from }) => from)).toContain(wrong)
  })

  test.each([
    ['an unknown host', 'project: backups\norganization: it', /project "backups" is unknown/],
    ['another owner', 'project: backup\norganization: acme', /project "backup" belongs to "it"/],
  ])('%s is a contradiction', (_, who, message) => {
    write('asked.yaml', request('x', `${who}\nports: { tcp: 873 }`))
    const { out, code } = review()
    expect(out).toMatch(message)
    expect(code).toBe(2)
  })
})

describe('errors have their place', () => {
  test.each<[string, () => void, readonly string[], RegExp]>([
    [
      'a policy without grants',
      () => write('none.yaml', POLICY.replace(/grants:.*\n/, '')),
      ['compile', 'p.yaml'],
      /p\.yaml:1:9: policy office: takes no grants: add "grants" to none\.yaml/,
    ],
    [
      'a duplicate request',
      () => write('none.yaml', POLICY),
      ['compile', 'p.yaml'],
      /requests\/backup-ssh\.yaml:1:10: request "backup-ssh" is already defined in requests\/backup-ssh\.yaml:1/,
    ],
  ])('%s', (_, prepare, args, message) => {
    prepare()
    write(
      'p.yaml',
      'policy: none.yaml\nlab: lab.yaml\nrequests: [requests, requests/backup-ssh.yaml]\n',
    )
    const { err, code } = at(...args)
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })

  test('a scenario of projects refuses the platform, and says what to write', () => {
    write(
      'wrong.yaml',
      'title: t\nrequirement: r\nsource: s\nplatform: platform.yaml\nsweeps: [{ from: "*", to: internet }]\n',
    )
    const { err, code } = at('run', 'wrong.yaml')
    expect(err).toMatch(/wrong\.yaml:4:11: this platform has a policy for zones: name the firewall/)
    expect(code).toBe(2)
  })
})

describe('established flows of a revoked grant', () => {
  const revoking = (scenario: string, firewall: string, policy = 'policy.yaml'): void =>
    write(
      scenario,
      `title: A grant is revoked
requirement: Its flows end, and no other one does.
source: A test
firewall: ${firewall}
policy: ${policy}
lab: lab.yaml
requests: [requests]
revoke: [backup-ssh]
at: 2026-07-01
sweeps: [{ from: [lan, dmz], to: wan, protocols: [tcp, udp] }]
`,
    )
  const SOME = ['--no-save', '--ports', '20-26,443-444,51819-51823', '--quiet']
  write('keeping.yaml', POLICY.replace('revoked: cut', 'revoked: keep'))
  write('keep.yaml', 'policy: keeping.yaml\nlab: lab.yaml\nrequests: [requests]\n')

  test.each([
    ['cut', 'platform.yaml', 'policy.yaml', 'neither way'],
    ['kept', 'keep.yaml', 'keeping.yaml', 'both ways'],
  ])('are %s where the policy says so, in both families', (_, firewall, policy, expected) => {
    revoking('revoked.yaml', firewall, policy)
    const { out, code } = at('run', 'revoked.yaml', ...SOME, '--reporter', 'json')
    const [scenario] = JSON.parse(out).scenarios
    expect({ code, status: scenario.status, revoked: scenario.revoked }).toEqual({
      ...{ code: 0, status: 'conforms', revoked: ['backup-ssh'] },
    })
    const seen = (scenario.flows as FlowResult[])
      .filter(({ from, protocol }) => from === 'backup' && protocol === 'tcp')
      .flatMap(({ family, rows }) => rows.map((row) => [family, row.from, row.observed]))
    expect(seen.filter(([, port]) => port === 22)).toEqual([
      [4, 22, expected],
      [6, 22, expected],
    ])
    expect(seen.filter(([, port]) => port === 443)).toEqual([
      [4, 443, 'both ways'],
      [6, 443, 'both ways'],
    ])
  })

  test('that pass although the policy cuts them are found', () => {
    revoking('revoked.yaml', 'keep.yaml')
    const { out, code } = at('run', 'revoked.yaml', ...SOME, '--family', 'ipv4')
    expect(out).toMatch(/backup → wan[\s\S]*22/)
    expect(code).toBe(1)
  })

  test('are not tried with a firewall that is not compiled: not proved', () => {
    write('given.nft', compiled('2026-07-01'))
    revoking('revoked.yaml', 'given.nft')
    const { out, code } = at('run', 'revoked.yaml', ...SOME, '--family', 'ipv4')
    expect(out.replaceAll(/\s+/g, ' ')).toMatch(
      /no grant was revoked: given\.nft is not compiled from a policy: name its platform file/,
    )
    expect(code).toBe(3)
  })

  test('are not tried if the grant is not in force on that day: not proved', () => {
    revoking('revoked.yaml', 'platform.yaml')
    const { out, code } = at(
      'run',
      'revoked.yaml',
      ...SOME,
      '--family',
      'ipv4',
      '--at',
      '2027-01-01',
    )
    expect(out.replaceAll(/\s+/g, ' ')).toMatch(
      /no grant was revoked: no grant of backup-ssh is in force on 2027-01-01/,
    )
    expect(code).toBe(3)
  })

  test('of an unknown request are an error with its position', () => {
    revoking('revoked.yaml', 'platform.yaml')
    write(
      'unknown.yaml',
      readFileSync(join(folder, 'revoked.yaml'), 'utf8').replace('-ssh]', '-shs]'),
    )
    const { err, code } = at('run', 'unknown.yaml')
    expect(err).toMatch(/unknown\.yaml:8:10: unknown request "backup-shs".*backup-ssh/)
    expect(code).toBe(2)
  })
})
