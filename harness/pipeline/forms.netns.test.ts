/**
 * A policy has two rulesets: the smallest one, and one that takes grants. Both keep what the policy
 * promises, and each may replace the other while flows are established.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PortSet } from '../../src/net/port-set.ts'
import { FAMILIES, PORT_PROTOCOLS } from '../../src/net/protocol.ts'
import { projectsOf } from '../../src/platform/platform.ts'
import { policyOf } from '../../src/policy/egress/fixtures.ts'
import { compile } from '../../src/ruleset/compile.ts'
import { grant, INTERNET, ZONES } from '../../src/ruleset/fixtures.ts'
import { EDGES, load, runHere } from '../../tools/testing/wrong.ts'
import { zoneAddressOf } from '../kernel/addresses.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'

const SHIPPED = load()
const withoutRequests = SHIPPED.filter(({ scenario }) => scenario.requests.length === 0)
const idsOf = (all: typeof SHIPPED): string[] => all.map(({ scenario }) => scenario.id)

test('the shipped scenarios have both kinds: without requests and with them', () => {
  expect(idsOf(withoutRequests).sort()).toEqual([
    'default-egress',
    'default-egress-reject',
    'grants/web-application',
    'replies-come-back',
    'spoofed-source',
    'unsolicited-inbound',
  ])
  expect(SHIPPED.length).toBeGreaterThan(withoutRequests.length)
})

describe('the kernel keeps the claim of each scenario without requests', () => {
  const texts = withoutRequests.map((loaded) => {
    const { policy, scenario } = loaded
    const projects = projectsOf(scenario)
    return {
      id: scenario.id,
      loaded,
      small: compile(policy, projects),
      taking: compile(policy, projects, []),
    }
  })

  test.each(texts)(
    '$id, in the smallest form, which is the one that run compiles',
    async ({ loaded, small }) => {
      const result = await runHere({ loaded: [loaded], ports: EDGES })
      expect(result.scenarios[0]!.problems).toEqual([])
      expect(result.status).toBe('conforms')
      expect(result.scenarios[0]!.ruleset.text).toBe(small)
    },
  )

  test.each(texts)('$id, in the form that takes grants', async ({ loaded, taking }) => {
    const ruleset = { origin: 'for grants', text: taking }
    const result = await runHere({ loaded: [loaded], ports: EDGES, ruleset })
    expect(result.scenarios[0]!.problems).toEqual([])
    expect(result.status).toBe('conforms')
  })
})

test('run compiles a scenario with requests to the form that takes grants, even if none is in force', async () => {
  const loaded = load('grants/not-approved')
  expect(loaded[0]!.grants).toEqual([])
  const result = await runHere({ loaded, ports: PortSet.of(22, 25), families: [4] })
  expect(result.status).toBe('conforms')
  expect(result.scenarios[0]!.ruleset.text).toContain('set granted_tcp4_24 {')
})

describe('established flows, when one form replaces the other', () => {
  const [shop] = ZONES
  const projects = [shop!]
  let sandbox: Sandbox
  beforeAll(() => {
    sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
  })
  afterAll(() => sandbox.close())

  const cases = FAMILIES.flatMap((family) =>
    PORT_PROTOCOLS.flatMap((protocol) =>
      (['cut', 'keep'] as const).map((revoked) => ({ family, protocol, revoked })),
    ),
  )

  test.each(cases)('IPv$family $protocol, $revoked', async ({ family, protocol, revoked }) => {
    const policy = policyOf({ grants: { revoked } })
    const opened = grant('g', 'shop', { tcp: '873-880', udp: '873-880' })
    const allowed = protocol === 'tcp' ? 22 : 53
    const lab = await sandbox.openLab({ family, zones: [shop!, INTERNET] })
    const flows = { from: 'shop', to: 'internet', protocol, ...addresses(family) } as const
    const establish = (name: string, from: number, to: number) =>
      lab.openFlows({ ...flows, numbers: [{ from, to }], name })
    const passing = async (lab: Lab, name: string) =>
      (await lab.checkFlows(name)).observed.map(({ value }) => value)
    try {
      await lab.load(compile(policy, projects, [opened]))
      await establish('granted', 873, 880)
      await establish('allowed', allowed, allowed)
      await lab.load(compile(policy, projects))
      const expected = revoked === 'cut' ? 'neither way' : 'both ways'
      expect(await passing(lab, 'granted')).toEqual([expected])
      expect(await passing(lab, 'allowed')).toEqual(['both ways'])
      await lab.load(compile(policy, projects, [opened]))
      expect(await passing(lab, 'granted')).toEqual(['both ways'])
      expect(await passing(lab, 'allowed')).toEqual(['both ways'])
    } finally {
      await lab.close()
    }
  })
})

function addresses(family: 4 | 6): { source: string; target: string } {
  return {
    source: zoneAddressOf(ZONES[0]!, family)!.address,
    target: zoneAddressOf(INTERNET, family)!.address,
  }
}
