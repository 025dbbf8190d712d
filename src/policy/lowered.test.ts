/**
 * Files of both formats decide every packet as they did when each format had a decision of its own:
 * the verdict, the way of blocking and the named line.
 */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FAMILIES, lastNumber, PROTOCOLS } from '../net/protocol.ts'
import { type RangeMap, valueAt } from '../net/range-map.ts'
import { manyGrants } from '../ruleset/fixtures.ts'
import { decide } from './decide.ts'
import { lowerEgress } from './egress/lower.ts'
import type { EgressPolicy } from './egress/policy.ts'
import { readWritten as readEgress } from './egress/read.ts'
import { endpointsOf } from './endpoints.ts'
import type { Expectation } from './expectation.ts'
import { egressFiles, zoneFiles } from './files-fixtures.ts'
import { formerEgress } from './former-egress-fixtures.ts'
import { formerZones } from './former-zones-fixtures.ts'
import type { Grant } from './grant.ts'
import { INTERNET, PROJECT } from './policy.ts'
import { lowerZones } from './zones/lower.ts'
import { readWritten as readZones } from './zones/read.ts'
import type { ZonePolicy } from './zones/zone-policy.ts'

const POLICIES = new URL('../../scenarios/policies/', import.meta.url)
const SHIPPED = readdirSync(POLICIES).map((name) => ({
  name,
  text: readFileSync(new URL(name, POLICIES), 'utf8'),
}))
const isForZones = (text: string): boolean => /^statements:/m.test(text)

const egressIn = (text: string): EgressPolicy => {
  const reading = readEgress(text, 'some.yaml')
  if (!reading.ok) throw new Error(`${text}\n${reading.problems.map((p) => p.message).join('\n')}`)
  return reading.value
}
const zonesIn = (text: string): ZonePolicy => {
  const reading = readZones(text, 'some.yaml')
  if (!reading.ok) throw new Error(`${text}\n${reading.problems.map((p) => p.message).join('\n')}`)
  return reading.value
}

const told = (value: Expectation | undefined) =>
  value && {
    verdict: value.verdict,
    by: value.verdict === 'blocked' ? value.by : undefined,
    label: value.clause.label,
    line: `${value.clause.at.file}:${value.clause.at.line}:${value.clause.at.column}`,
  }

/** At both sides of every edge of either, and covering every number once. */
function expectSame(now: RangeMap<Expectation>, then: RangeMap<Expectation>, last: number): void {
  const edges = [...now, ...then].flatMap(({ from, to }) => [from, to])
  for (const n of new Set(edges)) expect(told(valueAt(now, n))).toEqual(told(valueAt(then, n)))
  const starts = now.map(({ from }) => from)
  expect(starts).toEqual([0, ...now.slice(0, -1).map(({ to }) => to + 1)])
  expect(now.at(-1)!.to).toBe(last)
}

const ENDS = {
  outbound: { from: PROJECT, to: INTERNET },
  inbound: { from: INTERNET, to: PROJECT },
  between: { from: PROJECT, to: PROJECT },
} as const
const TARGETS = { 4: ['198.51.100.7', '203.0.113.10'], 6: ['2001:db8:25::1', '2001:db8:ffff::10'] }

function expectEgressAsBefore(policy: EgressPolicy, grants: readonly Grant[]): void {
  const lowered = lowerEgress(policy)
  for (const [way, { from, to }] of Object.entries(ENDS))
    for (const spoofed of [false, true])
      for (const family of FAMILIES)
        for (const protocol of PROTOCOLS)
          for (const target of TARGETS[family]) {
            const asked = { spoofed, family, protocol, granted: { grants, target } }
            const direction = way === 'outbound' ? 'outbound' : 'inbound'
            const ends = { from: { name: from, zone: from }, to: { name: to, zone: to } }
            expectSame(
              decide(lowered, { ...ends, ...asked }),
              formerEgress(policy, { direction, ...asked }),
              lastNumber(protocol),
            )
          }
}

function expectZonesAsBefore(policy: ZonePolicy): void {
  const lowered = lowerZones(policy)
  const ends = endpointsOf(policy)
  for (const from of ends)
    for (const to of ends.filter(({ zone }) => zone !== from.zone))
      for (const family of FAMILIES)
        for (const protocol of PROTOCOLS) {
          const between = { from, to, family, protocol }
          const before = formerZones(policy, between)
          expectSame(decide(lowered, between), before, lastNumber(protocol))
        }
}

test.each(SHIPPED)('the shipped policy $name decides as before', ({ text }) => {
  if (isForZones(text)) expectZonesAsBefore(zonesIn(text))
  else expectEgressAsBefore(egressIn(text), [])
})

test('random egress policies with random grants decide as before', () => {
  fc.assert(
    fc.property(egressFiles, manyGrants, (text, grants) =>
      expectEgressAsBefore(egressIn(text), grants),
    ),
    { numRuns: 60 },
  )
})

test('random policies for zones decide as before', () => {
  fc.assert(
    fc.property(zoneFiles, (text) => expectZonesAsBefore(zonesIn(text))),
    { numRuns: 40 },
  )
})
