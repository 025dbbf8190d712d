/** Claim: where one family cannot be measured, the other one is compared, and "no difference" is not said. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import { PortSet } from '../../src/net/port-set.ts'
import { mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import { type DiffOptions, runDiff } from './diff.ts'

let sandbox: Sandbox
beforeAll(() => {
  sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
})
afterAll(() => sandbox.close())

const rules = (ports: string): Firewall => ({
  origin: 'rules.nft',
  parts: [
    {
      kind: 'nft',
      file: 'rules.nft',
      text: `table inet t {
  chain input {
    type filter hook input priority 0; policy drop
    iifname "up0" tcp dport { ${ports} } accept
  }
}
`,
      stretches: [{ from: 1, file: 'rules.nft', line: 1 }],
    },
  ],
})

/** Every lab of these families fails when it is opened. */
function without(...families: readonly (4 | 6)[]): Sandbox {
  const openLab: Sandbox['openLab'] = (spec, faults) =>
    families.includes(spec.family)
      ? Promise.reject(new EnvironmentError('no such lab here: load the module'))
      : sandbox.openLab(spec, faults)
  return { openLab } as Sandbox
}

function compare(old: Firewall, young: Firewall, more: Partial<DiffOptions>) {
  return runDiff({
    jobs: 2,
    old,
    new: young,
    plan: inferLab(old.parts).plan,
    delta: undefined,
    quick: true,
    budget: undefined,
    from: undefined,
    to: undefined,
    families: undefined,
    protocols: ['tcp'],
    ports: PortSet.parse('79-82'),
    signal: new AbortController().signal,
    replay: () => '',
    onPlan: () => {},
    sandbox,
    ...more,
  })
}

const NOT = [{ family: 6, cause: 'environment', reason: 'no such lab here: load the module' }]

test('rulesets measured over one family only are not reported as the same', async () => {
  const found = await compare(rules('80'), rules('80'), { sandbox: without(6) })
  expect(found).toMatchObject({ status: 'unknown', notMeasured: NOT, tables: [] })
  expect(found.problems).toEqual(['IPv6 not measured: no such lab here: load the module'])
  const { coverage } = await compare(rules('80'), rules('80'), { families: [4] })
  expect(found.coverage.probed).toBe(coverage.probed)
})

test('a difference over the measured family is reported', async () => {
  const found = await compare(rules('80'), rules('80, 81'), { sandbox: without(6) })
  expect(found).toMatchObject({ status: 'different', notMeasured: NOT })
  expect(new Set(found.tables.map(({ family }) => family))).toEqual(new Set([4]))
})

test('when neither family can be measured, diff fails with the reason', async () => {
  const both = compare(rules('80'), rules('80'), { sandbox: without(4, 6) })
  await expect(both).rejects.toThrow('no such lab here')
})
