/**
 * A lab for paths that begin or end at the firewall itself:
 *
 *     wan host 203.0.113.10 ─ wan0 .1 ┐
 *                                     ├ firewall
 *     lan host 10.20.1.10 ─── lan0 .1 ┘  behind lan also 10.30.0.0/16
 */
import { afterAll, beforeAll, expect } from 'vitest'
import { type Lab, mustBeRootless, Sandbox } from '../../harness/sandbox/sandbox.ts'
import { FIREWALL, type LabZone } from '../../src/lab/lab.ts'
import type { PacketFields } from '../../src/net/packet-fields.ts'
import type { Protocol } from '../../src/net/protocol.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import type { Observation, Outcome } from '../../src/result/outcome.ts'

export const WAN: LabZone = {
  name: 'wan',
  link: 'wan0',
  isDefault: true,
  addresses: [
    { family: 4, address: '203.0.113.10', prefixLength: 24 },
    { family: 6, address: '2001:db8:1::10', prefixLength: 64 },
  ],
}
export const LAN: LabZone = {
  name: 'lan',
  link: 'lan0',
  routes: ['10.30.0.0/16', 'fd00:30::/32'],
  addresses: [
    { family: 4, address: '10.20.1.10', prefixLength: 24 },
    { family: 6, address: 'fd00:20::10', prefixLength: 64 },
  ],
}
const PORTS = [{ from: 20, to: 29 }]

const kinds = (observed: RangeMap<Observation>) =>
  Object.fromEntries(
    observed.flatMap(({ from, to, value }) =>
      Array.from({ length: to - from + 1 }, (_, i) => [from + i, words(value.outcome)]),
    ),
  )

function words(outcome: Outcome): string {
  if (outcome.kind === 'translated') return `${outcome.way}: ${outcome.change}`
  if (outcome.kind === 'rejected')
    return outcome.by.kind === 'icmp' ? `icmp ${outcome.by.type}/${outcome.by.code}` : 'reset'
  return outcome.kind
}

/** Tables of these chains in place of all that was there. */
export const ruleset = (...chains: readonly string[]): string =>
  `flush ruleset\ntable inet t {\n${chains.map((chain) => `\tchain ${chain}\n`).join('')}}\n`
export const chain = (hook: string, ...rules: readonly string[]): string =>
  `${hook} {\n\t\ttype filter hook ${hook} priority 0\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}`
export const nat = (hook: string, priority: number, ...rules: readonly string[]): string =>
  `nat_${hook} {\n\t\ttype nat hook ${hook} priority ${priority}\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}`

/** A lab for the tests of a `describe`, and its paths. Each sweep must lose nothing. */
export function openOwnPaths(family: 4 | 6) {
  let sandbox: Sandbox
  let lab: Lab
  beforeAll(async () => {
    sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 1 })
    lab = await sandbox.openLab({
      family,
      zones: [WAN, LAN],
      watchesFirewall: true,
      longestFrame: 1600,
    })
  })
  afterAll(() => sandbox.close())

  const of = (zone: LabZone): string => zone.addresses.find((a) => a.family === family)!.address
  const wanOwn = family === 4 ? '203.0.113.1' : '2001:db8:1::1'
  const input = { from: 'wan', to: FIREWALL, source: of(WAN), target: wanOwn }
  const output = { from: FIREWALL, to: 'wan', source: wanOwn, target: of(WAN) }
  const forward = { from: 'wan', to: 'lan', source: of(WAN), target: of(LAN) }

  async function sweep(
    path: typeof input,
    protocol: Protocol,
    fields: PacketFields = {},
    numbers = PORTS,
  ) {
    const report = await lab.sweep({ ...path, ...fields, protocol, numbers, answer: 'reply' })
    expect(report.losses).toEqual({})
    return kinds(report.observed)
  }
  return { of, wanOwn, input, output, forward, sweep, lab: () => lab }
}

/** The same outcome for every port of `PORTS`. */
export const all = (value: string) =>
  Object.fromEntries(Array.from({ length: 10 }, (_, i) => [20 + i, value]))
