/** Containers that scenarios name, and those that are places of a matrix. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, nftproof } from '../testing/command.ts'
import { SCENARIOS } from '../testing/wrong.ts'

const BASE = 'nftproof-test/base'
const IMAGES = new URL('images/iptables', import.meta.url).pathname
const OWN_START = 'ready: { log: rules are set }'

const HEAD = `title: A title
requirement: A claim.
source: the test
`
const EGRESS = `${HEAD}policy: ${SCENARIOS}/policies/zerops.yaml
projects:
  shop: { link: shop0, addresses: [10.20.1.10/24, "2001:db8:20:1::10/64"] }
sweeps: [{ from: shop, to: internet, ports: 20-30 }]
`
const PAPER = `policy: small
title: A small network
zones: [wan, lan]
statements:
  - { from: lan, to: wan, allow: tcp/80 }
`
const ZONES = `${HEAD}policy: paper.yaml
zones: { wan: eth0, lan: eth1 }
sweeps: [{ ports: 75-85 }]
`
const rules = (port: number): string => `*filter
:INPUT DROP
:FORWARD DROP
:OUTPUT DROP
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth1 -o eth0 -p tcp --dport ${port} -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-named-'))
  for (const [name, text] of Object.entries({
    'own/start.yaml': `${EGRESS}firewall: { dockerfile: ${IMAGES}/Dockerfile, ${OWN_START} }\n`,
    'own/compiled.yaml': `${EGRESS}firewall: { image: ${BASE} }\n`,
    'zones/right.yaml': `${ZONES}firewall: { image: ${BASE}, ruleset: "iptables:right.v4,ip6tables:right.v4" }\n`,
    'zones/wrong.yaml': `${ZONES}firewall: { image: ${BASE}, ruleset: "iptables:wrong.v4,ip6tables:right.v4" }\n`,
    'paper.yaml': PAPER,
    'right.v4': rules(80),
    'wrong.v4': rules(81),
    'appliance.yaml': `compose: ${IMAGES}/compose.yaml\nservice: firewall\n${OWN_START}\n`,
    'none.yaml': `${ZONES}firewall: { image: ${BASE} }\n`,
  }))
    writeFileSync(join(folder, name.replace('/', '-')), text)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]): Ended =>
  nftproof(['run', ...args, '--root', '/', '--quiet', '--no-save'], { cwd: folder })

describe('a scenario names a container', () => {
  test('with its own rules, and one for the compiled policy', () => {
    const { code, out } = run('own-start.yaml', 'own-compiled.yaml')
    expect(out).toContain('✔ 2 scenarios conform')
    expect(code).toBe(0)
  })

  test('for a ruleset loaded by its own iptables', () => {
    expect(run('zones-right.yaml').code).toBe(0)
    const { code, out } = run('zones-wrong.yaml')
    expect(out).toMatch(/80 +│ open +│ DROPPED/)
    expect(out).toMatch(/81 +│ blocked +│ OPEN/)
    expect(out).toContain('(wrong.v4:6)')
    expect(code).toBe(1)
  })

  test('without rules', () => {
    const { code, err } = run('none.yaml')
    expect(err).toMatch(/none\.yaml:\d+:\d+: .*must have ready.*or a ruleset/)
    expect(code).toBe(2)
  })
})

describe('a matrix', () => {
  const matrix = (...places: string[]): Ended =>
    nftproof(
      [
        ...[
          'matrix',
          'default-egress',
          '--scenarios',
          SCENARIOS,
          '--ports',
          '20-30',
          '--root',
          '/',
        ],
        ...places.flatMap((place) => ['--target', place]),
      ],
      { cwd: folder },
    )

  test('reports differences between an appliance and the compiled policy', () => {
    const { code, out } = matrix('here', `image:${BASE}`, 'box=container:appliance.yaml')
    expect(out).toContain('IPv4 · TCP')
    expect(out).toContain('✘ 25: here, nftproof-test/base: dropped; box: open')
    expect(code).toBe(1)
  })

  test('is not the same when an image is missing', () => {
    const { code, out } = matrix('here', 'image:nftproof-test/nowhere')
    expect(out).toMatch(/not run:\s+the\s+image\s+nftproof-test\/nowhere is not here/)
    expect(out).toContain('? some results are unknown')
    expect(code).toBe(3)
  })
})
