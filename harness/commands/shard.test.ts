import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { result } from '../../src/report/fixtures.ts'
import type { PlanResult } from '../../src/result/result.ts'
import { load } from '../../tools/testing/wrong.ts'
import type { Loaded } from '../input/load.ts'
import { writeResult } from '../output/result-store.ts'
import { type Planned, planShard, timesFor } from './shard.ts'
import { whichShard } from './which-shard.ts'

let folder: string
let loaded: readonly Loaded[]
let whole: PlanResult

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-plan-'))
  loaded = load()
  whole = plan()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PROBES = { scenarios: [], words: 'planned probes' }
const planned = (more: Partial<Planned> = {}): Planned => ({ loaded, selection: {}, ...more })
const plan = (more: Partial<Planned> = {}) =>
  planShard({ index: 1, count: 4 }, planned(more), PROBES).result.plan

describe('the number of the shard', () => {
  const environment = { CI_NODE_INDEX: '2', CI_NODE_TOTAL: '5' }

  test('the command line beats the environment', () => {
    expect(whichShard({ shard: { index: 1, count: 3 } }, environment)?.shard).toEqual({
      index: 1,
      count: 3,
    })
    expect(whichShard({ shard: 'none' }, environment)).toBeUndefined()
    expect(whichShard({}, environment)).toEqual({
      shard: { index: 2, count: 5 },
      words: 'CI_NODE_INDEX=2 and CI_NODE_TOTAL=5 (GitLab)',
    })
    expect(whichShard({}, {})).toBeUndefined()
  })

  test('incomplete variables are bad usage, but ignored when the command line names the shard', () => {
    const half = { JOB_COMPLETION_INDEX: '2' }
    expect(() => whichShard({}, half)).toThrow(expect.objectContaining({ exitCode: 2 }))
    expect(whichShard({ shard: 'none' }, half)).toBeUndefined()
  })
})

describe('the parts of a shard', () => {
  test.each([1, 3, 10])('%d shards together run every part once', (count) => {
    const shards = Array.from({ length: count }, (_, i) =>
      planShard({ index: i + 1, count }, planned(), PROBES),
    )
    const parts = shards.flatMap(({ result: { parts } }) => parts.map(({ part }) => part))
    const { plan } = shards[0]!.result
    expect(parts.sort((a, b) => a - b)).toEqual(Array.from({ length: plan.parts }, (_, i) => i))
    for (const shard of shards) expect(shard.result.plan).toEqual(plan)
    expect(plan.parts).toBeGreaterThan(loaded.length)
  })
})

describe('the plan that all shards must agree on', () => {
  test('is the same when the files are in another folder', () => {
    const moved = loaded.map((one) => ({ ...one, argument: '/elsewhere/x.yaml' }))
    const files = JSON.stringify(loaded[0]!.scenario).match(/"file"/g)
    expect(files).toHaveLength(2)
    expect(plan({ loaded: moved })).toEqual(whole)
  })

  test.each<[string, Partial<Planned>]>([
    ['ports', { selection: { families: [4] } }],
    ['a source port', { sourcePort: 53 }],
    ['a ruleset', { ruleset: { text: 'table inet x {}' } }],
  ])('depends on the options: %s', (_, more) => {
    expect(plan(more).options).not.toBe(whole.options)
  })

  test('depends on all content of the scenarios', () => {
    const [first, ...rest] = loaded as [Loaded, ...Loaded[]]
    const changes: Loaded[] = [
      { ...first, scenario: { ...first.scenario, requirement: 'Another claim.' } },
      { ...first, policy: { ...first.policy, blocked: 'tcp-reset' } as never },
      { ...first, policySha256: '0' },
      { ...first, grants: [{ request: 'r' }] as never },
    ]
    for (const changed of changes)
      expect(plan({ loaded: [changed, ...rest] }).scenarios).not.toBe(whole.scenarios)
    expect(plan({ loaded: [{ ...first, at: '2020-01-01' }, ...rest] }).days).toContain('2020-01-01')
    expect(plan({ loaded: rest }).scenarios).not.toBe(whole.scenarios)
  })
})

describe('measured times', () => {
  const whole = result([], { timing: { startedAt: '2026-11-23T05:00:00.000Z', totalMs: 1 } })
  const shard = {
    ...{ index: 1, count: 2, parts: [], order: [] },
    plan: { parts: 0, scenarios: '', days: [], options: '', split: '' },
  }

  test('come from the last whole run, never from a shard', async () => {
    const out = join(folder, 'runs')
    expect((await timesFor({ out })).words).toBe('planned probes')
    writeResult(whole, out, 'whole')
    const later = { startedAt: '2026-11-24T05:00:00.000Z', totalMs: 1 }
    writeResult({ ...whole, shard, timing: later }, out, 'shard-1-of-2')
    writeResult({ ...whole, interrupted: true, timing: later }, out, 'interrupted')
    const merged = { count: 2, shards: [], missing: [1], duplicated: [], problems: ['shard 1 …'] }
    writeResult({ ...whole, merged, timing: later }, out, 'merged')
    expect((await timesFor({ out })).words).toBe('the times of 20261123T050000Z-whole')
    expect((await timesFor({ out, times: 'none' })).words).toBe('planned probes')
  })

  test('must exist when an option names them', async () => {
    const file = join(folder, 'broken.json')
    writeFileSync(file, '{')
    await expect(timesFor({ times: file })).rejects.toThrow(/not JSON, or incomplete/)
    await expect(timesFor({ times: join(folder, 'absent.json') })).rejects.toThrow(/no such file/)
  })
})
