/** Claim: what is explained of one probe is what a sweep of it shows: repeated where rules remember, controlled as everywhere. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ordinaryControls } from '../../src/compare/controls.ts'
import type { Probe } from '../../src/compare/explain.ts'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import { pathsOf } from '../../src/lab/paths.ts'
import { PROTOCOLS } from '../../src/net/protocol.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { explainProbe } from './explain.ts'
import { openSession } from './session.ts'

let sandbox: Sandbox
beforeAll(() => {
  sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
})
afterAll(() => sandbox.close())

const firewall = (rule: string): Firewall => {
  const text = `table inet t {
  chain input {
    type filter hook input priority 0; policy drop
    iifname "up0" ${rule}
  }
}
`
  const stretches = [{ from: 1, file: 'rules.nft', line: 1 }]
  return { origin: 'rules.nft', parts: [{ kind: 'nft', file: 'rules.nft', text, stretches }] }
}

const explain = (rule: string) => {
  const one = firewall(rule)
  const { plan } = inferLab(one.parts)
  const { addresses } = plan.zones.find(({ name }) => name === 'up0')!
  const { address } = addresses.find(({ family }) => family === 4)!
  const probe: Probe = {
    ...{ from: 'up0', to: 'firewall', family: 4 as const, protocol: 'tcp' as const, number: 22 },
    packet: { source: address, target: address.replace(/\d+$/, '1') },
  }
  return explainProbe({ sandbox }, one, plan, probe)
}

test.each([
  [
    'a limit that many probes reach',
    'tcp dport 22 limit rate 1/day burst 50 packets accept',
    'unsteady',
  ],
  ['no state', 'tcp dport 22 accept', 'open'],
])('%s: %s', async (_, rule, kind) => {
  const { observation, walk } = await explain(rule)
  expect(observation.outcome.kind).toBe(kind)
  // It was traced before the limit was used up.
  expect(walk.steps.at(-1)?.rule).toContain('tcp dport 22')
})

test('controls cover every ICMP type and IP protocol on every path', async () => {
  const { plan } = inferLab(firewall('tcp dport 22 accept').parts)
  const controls = ordinaryControls(plan, 4, pathsOf(plan, 4), PROTOCOLS)
  const side = { firewall: firewall('tcp dport 22 accept') }
  const session = await openSession(sandbox, side, { plan, family: 4, controls })
  const probes = (protocol: string) => [
    ...new Set(
      session.controls.filter((one) => one.protocol === protocol).map((one) => one.probes),
    ),
  ]
  expect([probes('icmp'), probes('ip')]).toEqual([[256], [256]])
  expect(session.controls.filter(({ passed }) => !passed)).toEqual([])
  await session.lab.close()
})
