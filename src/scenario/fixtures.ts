/** The office policy with a lab, for tests. */

import { factsOf } from '../analysis/extract.ts'
import type { LabPlan } from '../lab/lab.ts'
import { readLab } from '../lab/read.ts'
import { type GivenRule, inspectionOf } from '../nft/facts-fixtures.ts'
import type { Selection } from '../plan/planned-sweep.ts'
import type { ZoneSubject } from '../plan/zone-sweep.ts'
import { officeWith } from '../policy/zones/fixtures.ts'

export const LAB = `zones:
  wan: { link: eth0, addresses: [203.0.113.10/24, "2001:db8:ffff::10/64"], default: true }
  lan: { link: eth1, addresses: [10.20.1.10/24] }
  dmz: { link: eth2, addresses: [192.0.2.10/24, "2001:db8:2::10/64"] }
`

export function labOf(text = LAB): LabPlan {
  const reading = readLab('lab.yaml', text)
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join('\n'))
  return reading.value
}

export function subjectOf(selection: Selection = {}, more: Partial<ZoneSubject> = {}): ZoneSubject {
  return { policy: officeWith(), plan: labOf(), sweeps: [], selection, ...more }
}

/** Rules of a firewall with a base chain at the forward hook. */
export function factsWith(rules: readonly GivenRule[]) {
  const chain = {
    family: 'inet',
    table: 't',
    name: 'input',
    handle: 1,
    type: 'filter',
    hook: 'forward',
    prio: 0,
    policy: 'drop',
  }
  return factsOf(inspectionOf(rules, { chains: [chain] }))
}

const match = (left: object, right: unknown) => ({ match: { op: '==', left, right } })
export const PORT_80: GivenRule = {
  expr: [match({ payload: { protocol: 'tcp', field: 'dport' } }, 80), { accept: null }],
}
export const FROM_NET: GivenRule = {
  expr: [
    match(
      { payload: { protocol: 'ip', field: 'saddr' } },
      { prefix: { addr: '10.20.1.0', len: 28 } },
    ),
    match({ payload: { protocol: 'tcp', field: 'dport' } }, 22),
    { accept: null },
  ],
}
export const LIMITED: GivenRule = {
  expr: [
    match({ payload: { protocol: 'tcp', field: 'dport' } }, 80),
    { limit: { rate: 5, burst: 5, per: 'second' } },
    { accept: null },
  ],
  text: 'tcp dport 80 limit rate 5/second accept',
}
