import { expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import type { DiffPlan } from '../plan/diff.ts'
import type { Delta } from './delta.ts'
import type { Comparison } from './diff.ts'
import { type ComparedFamily, concludeDiff } from './diff-result.ts'
import { diffTable } from './diff-table.ts'
import type { Rules } from './experiment.ts'
import { diffSweep } from './fixtures.ts'

const rulesWith = (...dormant: readonly string[]): Rules =>
  ({ facts: { opaque: [], statefulRules: [] }, inspection: { dormant } }) as unknown as Rules

const zone = (name: string, link: string, net: string) => ({
  ...{ name, link },
  addresses: [{ family: 4, address: `${net}.2`, prefixLength: 24 } as const],
})

const comparison = (delta?: Delta): Comparison => ({
  old: { origin: 'old.nft', parts: [] },
  new: { origin: 'new.nft', parts: [] },
  plan: {
    zones: [zone('lan', 'lan0', '10.1.0'), zone('wan', 'wan0', '10.2.0')],
    ...{ forwarding: true, sysctls: {} },
  },
  ...{ delta, quick: true, budget: undefined, from: undefined, to: undefined },
  ...{ families: undefined, protocols: undefined, ports: undefined },
})

const PLAN: DiffPlan = {
  ...{ sweeps: [], combinations: 0n, probed: 0, classes: 0, leftOut: [] },
  ...{ unusedPaths: [], alikePaths: [], untouched: [] },
}
const family = (rules: ComparedFamily['rules']): ComparedFamily => ({
  ...{ family: 4, plan: PLAN, rules, controls: [], problems: [], tables: [] },
})
const SAME = { changedRules: [], failures: [], isInterrupted: false }
const QUIET = family({ old: rulesWith(), new: rulesWith() })

test('the paths of measured families are counted', () => {
  const { coverage } = concludeDiff({ ...SAME, comparison: comparison() }, [QUIET])
  expect(coverage.paths).toBeGreaterThan(0)
  expect(concludeDiff({ ...SAME, comparison: comparison() }, []).coverage.paths).toBe(0)
})

test('a table that is dormant in one firewall is a remark', () => {
  const one = family({ old: rulesWith('ip t'), new: rulesWith() })
  const { remarks } = concludeDiff({ ...SAME, comparison: comparison(), remarks: ['first'] }, [one])
  expect(remarks).toEqual(['first', expect.stringMatching(/^table ip t is dormant in old\.nft/)])
})

test('a declared change that was not seen is missing, unless a family was not measured', () => {
  const at = { file: 'expected.yaml', line: 3 }
  const numbers = PortSet.of(22)
  const delta: Delta = [{ kind: 'opened', protocol: 'tcp', families: [4, 6], numbers, at }]
  const table = diffTable(diffSweep(), { probes: 1, losses: {}, changes: [], unsteady: [] })
  const probed = { ...QUIET, tables: [{ table, probed: numbers }] }
  const all = { ...SAME, comparison: comparison(delta) }
  expect(concludeDiff(all, [probed]).missing).toHaveLength(1)
  const failure = { family: 6, cause: 'environment', reason: 'no such lab' } as const
  const found = concludeDiff({ ...all, failures: [failure] }, [probed])
  expect(found).toMatchObject({ missing: [], status: 'unknown', notMeasured: [failure] })
  expect(found.problems[0]).toBe('IPv6 not measured: no such lab')
})

test('an interrupted comparison is unknown', () => {
  const found = concludeDiff({ ...SAME, isInterrupted: true, comparison: comparison() }, [QUIET])
  expect(found).toMatchObject({
    ...{ status: 'unknown', interrupted: true },
    problems: ['interrupted before it was done'],
  })
})
