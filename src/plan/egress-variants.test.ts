/** Which packets beyond the ordinary one are sent through a given ruleset, and what is asked of them. */
import { describe, expect, test } from 'vitest'
import { behindDefault } from '../lab/default-zone.ts'
import { PortSet } from '../net/port-set.ts'
import type { Protocol } from '../net/protocol.ts'
import { match, payload } from '../nft/facts-fixtures.ts'
import { policyOf } from '../policy/egress/fixtures.ts'
import type { Grant } from '../policy/grant.ts'
import { grant, ZONES } from '../ruleset/fixtures.ts'
import { factsWith } from '../scenario/fixtures.ts'
import type { Scenario, SweepPlan } from '../scenario/scenario.ts'
import { planSweeps } from './egress.ts'
import { egressVariants } from './egress-variants.ts'
import { AT, INTERNET } from './fixtures.ts'

const SWEEP: SweepPlan = {
  from: 'shop',
  to: 'internet',
  protocols: ['tcp', 'icmp'],
  families: [4],
  ports: PortSet.all,
  answer: 'reply',
  handshakes: 'boundaries',
}
const SHOP = ZONES.find(({ name }) => name === 'shop')!

function variants(
  expr: readonly object[],
  sweeps: readonly SweepPlan[] = [SWEEP],
  grants: readonly Grant[] = [],
) {
  const scenario: Scenario = {
    ...{ id: 's', title: '', requirement: '', source: '', file: AT.file },
    ...{ policyFile: '', policyAt: AT, requests: [], revoke: [], sweeps },
    zones: [SHOP, INTERNET],
  }
  const subject = { scenario, policy: policyOf(), grants }
  const facts = factsWith([{ expr: [...expr, { drop: null }], text: 'a rule' }])
  const { zones } = behindDefault(scenario.zones)
  return egressVariants({ subject, facts, zones }, planSweeps(subject, {}))
}

const of = (found: ReturnType<typeof variants>, protocol: Protocol) =>
  found.sweeps.filter((sweep) => sweep.protocol === protocol)

const NETWORK = { prefix: { addr: '198.51.100.0', len: 24 } }

describe('addresses', () => {
  const towards = of(variants([match(payload('ip', 'daddr'), NETWORK)]), 'tcp')

  test('one address of each class is a destination, with its own expectation', () => {
    expect(towards.map(({ target }) => target)).toEqual([expect.stringMatching(/^198\.51\.100\./)])
    expect(towards[0]).toMatchObject({ isNegative: false, source: expect.stringMatching(/^10\./) })
    // Both sides of every boundary of the policy, not every port.
    expect(towards[0]!.numbers.size).toBeLessThan(100)
    expect(towards[0]!.numbers.has(22)).toBe(true)
  })

  test('a rule on the sources of answers divides the destinations of probes', () => {
    const answers = of(variants([match(payload('ip', 'saddr'), NETWORK)]), 'tcp')
    expect(answers.some(({ target }) => target.startsWith('198.51.100.'))).toBe(true)
  })

  test('a class that a sweep of the scenario already probes is left out', () => {
    const at = {
      label: 'there',
      addresses: [{ family: 4, address: '198.51.100.9', prefixLength: 24 }],
    }
    const sweeps = [SWEEP, { ...SWEEP, towards: at } as SweepPlan]
    expect(of(variants([match(payload('ip', 'daddr'), NETWORK)], sweeps), 'tcp')).toEqual([])
  })

  test('addresses with different grants are in different classes, although one rule matches both', () => {
    const [, half] = ['198.51.100.0', '198.51.100.128']
    const destinations = [{ family: 4 as const, address: half!, prefixLength: 25 }]
    const grants = [{ ...grant('a', 'shop', { tcp: '25' }), destinations }]
    const found = of(variants([match(payload('ip', 'daddr'), NETWORK)], [SWEEP], grants), 'tcp')
    const isInside = (target: string): boolean => Number(target.split('.')[3]) >= 128
    expect(new Set(found.map(({ target }) => isInside(target)))).toEqual(new Set([true, false]))
  })

  test('the source address of another link is spoofed, on blocked ports only', () => {
    const found = of(variants([match(payload('ip', 'saddr'), NETWORK)]), 'tcp')
    const borrowed = found.filter(({ source }) => source.startsWith('198.51.100.'))
    expect(borrowed.map(({ source, target }) => [source, target])).toEqual([
      ['198.51.100.1', '203.0.113.10'],
    ])
    for (const { isNegative, numbers } of borrowed)
      expect([isNegative, numbers.has(22)]).toEqual([true, false])
  })
})

test('TCP flags that open no flow are probed on blocked ports only', () => {
  const flags = match({ '&': [payload('tcp', 'flags'), ['fin', 'syn']] }, 'fin')
  for (const { isNegative, numbers } of of(variants([flags]), 'tcp'))
    expect([isNegative, numbers.has(22)]).toEqual([true, false])
})

test('a code has an expectation only for the ICMP types that have this code', () => {
  const found = of(variants([match(payload('icmp', 'code'), 4)]), 'icmp')
  const promised = found.filter(({ isNegative }) => !isNegative)
  expect(
    promised.map(({ fields, numbers }) => [fields.code, numbers.has(3), numbers.has(8)]),
  ).toEqual([[4, true, false]])
})

test('a rule on a TTL and another field meets a packet that is forwarded', () => {
  const both = [match(payload('ip', 'ttl'), 9), match(payload('tcp', 'sport'), 4004)]
  const found = of(variants(both), 'tcp').map(({ fields }) => fields)
  // Before the kernel decrements it, and afterwards.
  for (const ttl of [9, 10]) expect(found).toContainEqual({ ttl, sourcePort: 4004 })
})

test('a sweep with its own source address is not varied, so the coverage is incomplete', () => {
  const as = {
    label: 'other',
    addresses: [{ family: 4 as const, address: '10.9.9.9', prefixLength: 24 }],
  }
  const found = variants([match(payload('ip', 'ttl'), 9)], [{ ...SWEEP, as }])
  expect(found).toMatchObject({ sweeps: [], isWhole: false })
})
