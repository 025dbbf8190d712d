import { describe, expect, test } from 'vitest'
import { PLAIN } from '../quote/style.ts'
import { OPEN, result, row, scenario, table, WRONG } from '../report/fixtures.ts'
import { renderJunit } from '../report/junit.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { renderSummary } from '../report/terminal-summary.ts'
import type { ControlResult, PlanResult, Result, ScenarioResult } from '../result/result.ts'
import { resultSchema } from '../result/result-schema.ts'
import type { Tested } from '../result/tested.ts'
import { merge, type ShardInput } from './merge.ts'

const PLAN: PlanResult = {
  parts: 3,
  scenarios: 'a',
  days: ['2026-06-15'],
  options: 'b',
  split: 'c',
}
const NONE = { controls: [], tables: [], sourcePorts: [], handshakes: [], flows: [], problems: [] }

const good = (from: string) => table([row(22, 22, OPEN, { kind: 'open' })], { from })

/** Scenario `a` has a part for each of three shards; the tables of its classes stand crosswise. */
function piece(index: number, more: Partial<Result> = {}, plan: Partial<PlanResult> = {}): Result {
  const tables = [good(`p${index}`), good(`q${index}`)]
  return shardOf(index, [scenario(tables, { id: 'a' })], {
    more,
    plan,
    places: [{ scenario: 'a', ...NONE, tables: [index - 1, 6 - index] }],
  })
}

interface Parts {
  readonly more?: Partial<Result>
  readonly plan?: Partial<PlanResult>
  readonly places: NonNullable<Result['shard']>['order']
}

function shardOf(
  index: number,
  scenarios: readonly ScenarioResult[],
  { more = {}, plan = {}, places: order }: Parts,
): Result {
  return result(scenarios, {
    id: `shard-${index}`,
    shard: {
      index,
      count: 3,
      plan: { ...PLAN, ...plan },
      parts: scenarios.map(({ id }) => ({ part: index - 1, scenario: id, class: index })),
      order,
    },
    ...more,
  })
}

const read = (digit: string, path = 'policies/zerops.yaml'): Tested => ({
  files: [{ path, size: 1, sha256: digit.repeat(64) }],
})

const given = (...results: readonly Result[]): ShardInput[] =>
  results.map((one, i) => ({ name: `${i + 1}.json`, result: one }))

const merged = (...results: readonly Result[]): Result => merge(given(...results))
const problems = (one: Result) => one.merged!.problems

describe('all shards', () => {
  test('merge to one result in the order of the plan, in any order of files', () => {
    const whole = merged(piece(1), piece(2), piece(3))
    expect(whole.status).toBe('conforms')
    expect(whole.scenarios).toHaveLength(1)
    expect(whole.scenarios[0]!.tables.map(({ from }) => from)).toEqual([
      'p1',
      'p2',
      'p3',
      'q3',
      'q2',
      'q1',
    ])
    expect(problems(whole)).toEqual([])
    const other = merged(piece(3), piece(1), piece(2))
    expect(other).toEqual(whole)
    expect(resultSchema.safeParse(whole).error).toBeUndefined()
  })

  test('have the worst status among them', () => {
    const wrong = shardOf(2, [scenario([table([WRONG])], { id: 'a', status: 'mismatch' })], {
      places: [{ scenario: 'a', ...NONE, tables: [1] }],
      more: { status: 'mismatch' },
    })
    expect(merged(piece(1), wrong, piece(3)).status).toBe('mismatch')
    const unknown = piece(2, { status: 'unknown' })
    expect(merged(piece(1), unknown, piece(3)).status).toBe('unknown')
    const interrupted = piece(2, { status: 'unknown', interrupted: true })
    expect(merged(piece(1), interrupted, piece(3))).toMatchObject({
      interrupted: true,
      status: 'unknown',
    })
  })

  test('report a part not measured once, and keep the measurements of the others', () => {
    const reason = 'nft cannot load rulesets here'
    const not = [{ family: 6, cause: 'environment', reason }] as const
    const failed = (index: number): Result =>
      shardOf(index, [scenario([], { id: 'a', status: 'unknown', notMeasured: not })], {
        places: [{ scenario: 'a', ...NONE }],
        more: { status: 'unknown' },
      })
    const whole = merged(failed(1), failed(2), piece(3))
    expect(whole.status).toBe('unknown')
    expect(whole.scenarios[0]).toMatchObject({ status: 'unknown', notMeasured: not })
    expect(whole.scenarios[0]!.tables.map(({ from }) => from)).toEqual(['p3', 'q3'])
    expect(resultSchema.safeParse(whole).error).toBeUndefined()
  })

  test('may include an empty shard', () => {
    const empty = shardOf(3, [], { places: [], plan: { parts: 2 } })
    const whole = merged(piece(1, {}, { parts: 2 }), piece(2, {}, { parts: 2 }), empty)
    expect({ status: whole.status, problems: problems(whole) }).toEqual({
      status: 'conforms',
      problems: [],
    })
  })

  test('last from the first start to the last end', () => {
    const late = { startedAt: '2026-11-23T05:00:10.000Z', totalMs: 2000 }
    expect(merged(piece(2, { timing: late }), piece(1), piece(3)).timing).toEqual({
      startedAt: '2026-11-23T05:00:00.000Z',
      totalMs: 12_000,
    })
  })

  test('list every file that any of them read, once and sorted', () => {
    const [policy, lab] = [read('a'), read('c', 'labs/edge.yaml')]
    const image = { origin: 'image:edge', what: 'image', sha256: 'd'.repeat(64) } as const
    const parts = [
      policy,
      { ...lab, firewalls: [image] },
      { files: [...policy.files, ...lab.files] },
    ]
    const whole = merged(...parts.map((tested, i) => piece(i + 1, { tested })))
    expect(problems(whole)).toEqual([])
    expect(whole.tested).toEqual({
      files: [...lab.files, ...policy.files],
      firewalls: [image],
    })
  })

  test('name all kernels when they differ', () => {
    const versions = { ...piece(1).versions, kernel: '6.1' }
    expect(merged(piece(1), piece(2, { versions }), piece(3)).versions.kernel).toBe('6.18, 6.1')
  })

  test('list a shared control once, as failed when it failed in one', () => {
    const control: ControlResult = {
      ...{ from: 'p', to: 'internet', family: 4, protocol: 'tcp', ruleset: 'none', probes: 15 },
      passed: true,
    }
    const own = (index: number, passed: boolean) =>
      shardOf(
        index,
        [
          scenario([good('p')], {
            id: 'a',
            controls: [passed ? control : { ...control, passed, reason: 'why' }],
            problems: passed ? [] : ['a control failed: why'],
            status: passed ? 'conforms' : 'unknown',
          }),
        ],
        {
          places: [
            { scenario: 'a', ...NONE, tables: [index], controls: [0], problems: passed ? [] : [0] },
          ],
          more: { status: passed ? 'conforms' : 'unknown' },
        },
      )
    const [one] = merged(own(1, true), own(2, false), own(3, false)).scenarios
    expect(one!.controls).toEqual([{ ...control, passed: false, reason: 'why' }])
    expect(one!.problems).toEqual(['a control failed: why'])
    expect(one!.status).toBe('unknown')
  })
})

describe('an incomplete merge does not conform', () => {
  test.each<[string, readonly Result[], RegExp]>([
    ['a shard is missing', [piece(1), piece(3)], /^shard 2 of 3 is missing$/],
    ['several shards are missing', [piece(3)], /^shards 1–2 of 3 are missing$/],
    [
      'a shard is there twice',
      [piece(1), piece(2), piece(2), piece(3)],
      /^shard 2 of 3: 2 results: 2.json, 3.json$/,
    ],
    [
      'a shard is of another version',
      [piece(1), piece(2, { versions: { ...piece(1).versions, nftproof: '0.0.9' } }), piece(3)],
      /2.json: is of another run: made by nftproof 0.0.9, not 0.1.0$/,
    ],
    [
      'a shard had other scenarios',
      [piece(1), piece(2, {}, { scenarios: 'x' }), piece(3)],
      /2.json: is of another run: with other scenarios, policies, projects or grants$/,
    ],
    [
      'a shard was of another day',
      [piece(1), piece(2), piece(3, {}, { days: ['2026-06-16'] })],
      /3.json: is of another run: for 2026-06-16, not 2026-06-15 \(set the same --at DAY\)$/,
    ],
    [
      'a shard had other options',
      [piece(1), piece(2), piece(3, {}, { options: 'x' })],
      /3.json: is of another run: with other options or another ruleset$/,
    ],
    [
      'a shard was split in another way',
      [piece(1), piece(2), piece(3, {}, { split: 'x' })],
      /3.json: is of another run: split with another --times file$/,
    ],
    [
      'a shard read other file contents',
      [piece(1), piece(2, { tested: read('b') }), piece(3)],
      /2.json: is of another run: with other contents of policies\/zerops.yaml$/,
    ],
    [
      'a result is not a shard',
      [piece(1), piece(2), piece(3), result([])],
      /4.json: is the result of a whole run/,
    ],
    [
      'parts got lost',
      [1, 2, 3].map((i) => piece(i, {}, { parts: 9 })),
      /^6 parts of the plan: no shard measured them$/,
    ],
  ])('%s', (_, results, problem) => {
    const whole = merged(...results)
    expect(whole.status).toBe('unknown')
    expect(problems(whole).join('\n')).toMatch(new RegExp(problem.source, 'm'))
    expect(renderSummary(whole, PLAIN).replaceAll(/\n {3,}/g, ' ')).toContain(
      ` ? ${problems(whole)[0]}`,
    )
    expect(renderMarkdown(whole)).toMatch(/^## nftproof: not proved\n/)
    expect(renderMarkdown(whole)).toContain('- ? ')
    expect(renderJunit(whole)).toMatch(
      /<testsuites name="nftproof" tests="\d+" failures="0" errors="[1-9]/,
    )
  })

  test('of two plans the more common counts, and shards of the other are missing', () => {
    const other = { scenarios: 'x' }
    const whole = merged(piece(1, {}, other), piece(2), piece(3))
    expect(whole.merged!.missing).toEqual([1])
    expect(whole.scenarios[0]!.tables.map(({ from }) => from)).toEqual(['p2', 'p3', 'q3', 'q2'])
  })

  test('of two results of one shard the worse counts, so that a retry cannot pass', () => {
    const bad = piece(2, { status: 'mismatch' })
    for (const both of [
      [piece(2), bad],
      [bad, piece(2)],
    ])
      expect(merged(piece(1), ...both, piece(3)).status).toBe('mismatch')
  })

  test('a mismatch stays a mismatch, whatever is missing', () => {
    expect(merged(piece(2, { status: 'mismatch' })).status).toBe('mismatch')
  })

  test('problems from the caller count too', () => {
    const whole = merge(given(piece(1), piece(2), piece(3)), ['old.json: of another version'])
    expect(whole.status).toBe('unknown')
    expect(problems(whole)).toEqual(['old.json: of another version'])
  })
})
