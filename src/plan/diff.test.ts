/** Of the firewall's own addresses the second one is swept in whole only where that could tell anything. */
import { describe, expect, test } from 'vitest'
import { factsOf } from '../analysis/extract.ts'
import { FIREWALL, type LabPlan } from '../lab/lab.ts'
import { PortSet } from '../net/port-set.ts'
import { inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { type PlanOptions, planDiff } from './diff.ts'

const zone = (name: string, address: string) => ({
  name,
  link: name,
  addresses: [{ family: 4 as const, address, prefixLength: 24 }],
})
const LAB: LabPlan = {
  zones: [zone('lan', '192.168.1.10'), zone('wan', '203.0.113.10')],
  forwarding: false,
  sysctls: {},
}
const PATH = { from: 'lan', to: FIREWALL }
const OPEN = [match(payload('tcp', 'dport'), 22), { accept: null }]

/** Every sweep of TCP from the LAN: its destination, and how much of it is swept. */
function planned(rules: readonly (readonly object[])[], more: Partial<PlanOptions> = {}): string[] {
  const facts = [factsOf(inspectionOf(rules.map((expr) => ({ expr }))))]
  const options: PlanOptions = {
    plan: LAB,
    family: 4,
    paths: [PATH],
    protocols: ['tcp'],
    ports: undefined,
    quick: false,
    budget: undefined,
    facts,
    speaksOfErrors: false,
    also: () => PortSet.of(),
    ...more,
  }
  return planDiff(options).sweeps.map(({ packet, detail }) => `${packet.target} ${detail}`)
}

test.each([
  [4, [1, 6, 17], 58],
  [6, [58, 6, 17], 1],
] as const)(
  'IPv%i: protocols with sweeps of their own are no IP protocols',
  (family, own, other) => {
    const facts = [factsOf(inspectionOf([{ expr: OPEN }]))]
    const lab = {
      ...LAB,
      zones: LAB.zones.map((one) => ({
        ...one,
        addresses: [
          ...one.addresses,
          { family: 6 as const, address: 'fd00::10', prefixLength: 64 },
        ],
      })),
    }
    const rest = { ...{ ports: undefined, quick: false, budget: undefined, facts }, family }
    const options = { ...rest, plan: lab, paths: [PATH], protocols: ['ip'] as const }
    const { sweeps } = planDiff({ ...options, speaksOfErrors: false, also: () => PortSet.of(6) })
    expect(sweeps.some(({ detail }) => detail === 'all')).toBe(true)
    for (const { numbers } of sweeps.filter(({ detail }) => detail === 'all')) {
      expect(own.filter((number) => numbers.has(number))).toEqual([])
      expect(numbers.has(other)).toBe(true)
    }
  },
)

const EDGES = ['192.168.1.1 all', '203.0.113.1 boundaries']
const WHOLE = ['192.168.1.1 all', '203.0.113.1 all']

describe('the second address of a zone', () => {
  test('is probed at the edges of classes when no rule compares addresses', () => {
    expect(planned([OPEN])).toEqual(EDGES)
  })

  test('is swept on all ports when a rule compares it', () => {
    expect(planned([[match(payload('ip', 'daddr'), '203.0.113.1'), ...OPEN]])).toEqual(WHOLE)
  })

  test.each<[string, readonly object[]]>([
    [
      'has a condition that is not understood',
      [match({ fib: { result: 'type', flags: ['daddr'] } }, 'local')],
    ],
    ['remembers', [{ limit: { rate: 3, per: 'minute', burst: 3 } }]],
    ['translates', [{ dnat: { addr: '192.168.1.10', family: 'ip' } }]],
  ])('is swept on all ports when a rule %s', (_, expr) => {
    expect(planned([[...expr, ...OPEN]])).toEqual(WHOLE)
  })

  test('is swept on all ports when the budget allows it', () => {
    expect(planned([OPEN], { budget: 1_000_000 })).toEqual(WHOLE)
  })
})
