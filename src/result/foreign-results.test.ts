/** Claim: a result that somebody else made, or changed, is printed or refused; it crashes nothing. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyCharacter } from '../../tools/testing/hostile.ts'
import { matrixOf } from '../compare/matrix.ts'
import { PLAIN } from '../quote/style.ts'
import { OPEN, result, row, scenario, table, WRONG } from '../report/fixtures.ts'
import { renderJunit } from '../report/junit.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { renderMatrixMarkdown } from '../report/matrix-markdown.ts'
import { renderMatrix } from '../report/matrix-terminal.ts'
import { renderScenario, renderScenarioQuietly } from '../report/terminal.ts'
import { renderSummary } from '../report/terminal-summary.ts'
import { merge } from '../shard/merge.ts'
import type { Result } from './result.ts'
import { resultSchema } from './result-schema.ts'

const path = { from: 'shop', to: 'internet', family: 4, protocol: 'tcp' } as const
const exchange = { from: 22, to: 25, observed: 'completed', verdict: 'conforms' } as const
const range = { from: 1024, to: 2048 }

/** With something in each of its lists. */
const WHOLE: Result = result([
  scenario([table([row(22, 22, OPEN, { kind: 'open' }), WRONG], { boundariesOf: [range] })], {
    grants: [{ request: 'a', project: 'shop' }],
    controls: [{ ...path, ruleset: 'none', probes: 1, passed: true }],
    sourcePorts: [{ ...path, ports: [range], towards: [22], probes: 9, exceptions: [range] }],
    handshakes: [{ ...path, count: 4, rows: [{ ...exchange, expected: 'completes' }] }],
    flows: [{ ...path, count: 4, rows: [{ ...exchange, expected: 'both ways' }] }],
    untested: [{ rule: 'drop', chain: 'inet f input', what: ['marks'] }],
    notMeasured: [{ family: 6, cause: 'environment', reason: 'no IPv6' }],
  }),
])
const SHARD: Result = {
  ...WHOLE,
  shard: {
    index: 1,
    count: 2,
    plan: { parts: 2, scenarios: 'a', days: ['2026-06-15'], options: 'b', split: 'c' },
    parts: [{ part: 0, scenario: 'default-egress' }],
    order: [
      {
        scenario: 'default-egress',
        ...{ controls: [0], tables: [0], sourcePorts: [0], handshakes: [0], flows: [0] },
        problems: [],
      },
    ],
  },
}

const parsed = (value: unknown) => resultSchema.safeParse(value)

test('the unchanged result is valid', () => {
  for (const one of [WHOLE, SHARD]) expect(parsed(one).error).toBeUndefined()
})

/** The result with one value replaced, by its path. */
function changed(whole: unknown, [key, ...more]: readonly PropertyKey[], value: unknown): unknown {
  if (key === undefined) return value
  const copy = (Array.isArray(whole) ? [...whole] : { ...(whole as object) }) as Record<
    PropertyKey,
    unknown
  >
  copy[key] = changed(copy[key], more, value)
  return copy
}

const TABLE = ['scenarios', 0, 'tables', 0]
const ROW = [...TABLE, 'rows', 0]

describe('ranges', () => {
  const ENDS = [
    ROW,
    [...TABLE, 'boundariesOf', 0],
    ['scenarios', 0, 'sourcePorts', 0, 'ports', 0],
    ['scenarios', 0, 'sourcePorts', 0, 'exceptions', 0],
    ['scenarios', 0, 'handshakes', 0, 'rows', 0],
    ['scenarios', 0, 'flows', 0, 'rows', 0],
  ]
  test.each(ENDS)(
    '%j %j %j %j %j %j: its end is not before its beginning, nor beyond 65535',
    (...at) => {
      const where = at.filter((key) => key !== undefined)
      for (const [key, value] of [
        ['from', 65535],
        ['to', 0],
        ['to', 65536],
        ['from', -1],
        ['from', 22.5],
        ['to', null],
      ] as const)
        expect(parsed(changed(WHOLE, [...where, key], value)).error?.issues[0]?.path).toEqual([
          ...where,
          key === 'from' && value === 65535 ? 'to' : key,
        ])
    },
  )

  test.each([
    [
      [...TABLE, 'rows'],
      [row(20, 30, OPEN, { kind: 'open' }), row(30, 31, OPEN, { kind: 'open' })],
    ],
    [
      ['scenarios', 0, 'flows', 0, 'rows'],
      [
        { ...exchange, expected: 'both ways' },
        { ...exchange, expected: 'both ways' },
      ],
    ],
  ])('%j do not overlap', (where, rows) => {
    expect(parsed(changed(WHOLE, where, rows)).error?.issues[0]).toMatchObject({
      path: where,
      message: 'ranges must not overlap',
    })
  })

  test('ICMP types and IP protocols have 8 bits', () => {
    const wide = changed(WHOLE, [...ROW], row(200, 256, OPEN, { kind: 'open' }))
    expect(parsed(changed(wide, [...TABLE, 'protocol'], 'icmp')).error?.issues[0]?.path).toEqual([
      ...TABLE,
      'rows',
    ])
  })
})

describe('shards', () => {
  test.each([
    ['index', 3],
    ['index', 0],
    ['count', 1e15],
    ['count', 0],
  ])('%s %i is refused', (key, value) => {
    expect(parsed(changed(SHARD, ['shard', key], value)).success).toBe(false)
  })
})

test.each(['', 'yesterday', '../../../../etc/cron.d/x', '2026-11-23T05:00:00.000Z/../..'])(
  'the time %j is refused, because it names a folder',
  (time) => {
    expect(parsed(changed(WHOLE, ['timing', 'startedAt'], time)).success).toBe(false)
  },
)

/** Every path to a value in it. */
function pathsIn(value: unknown, above: readonly PropertyKey[] = []): PropertyKey[][] {
  if (typeof value !== 'object' || value === null) return [[...above]]
  const own = Object.entries(value).flatMap(([key, one]) =>
    pathsIn(one, [...above, Array.isArray(value) ? Number(key) : key]),
  )
  return [[...above], ...own]
}

const ODD: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(0, -1, 1e308, 2 ** 53, 65535, 65536, 0.5, '', '\u0000', '__proto__'),
  fc.constantFrom<unknown>('\u202e\u001b[2J', null, true, [], {}, 'x'.repeat(5000), 'toString'),
  fc.string({ unit: anyCharacter() }),
  fc.nat(65535),
  fc.jsonValue(),
)

test('a randomly changed result is refused, or printed, compared and merged', () => {
  const paths = pathsIn(SHARD)
  const change = fc.tuple(fc.constantFrom(...paths), ODD)
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const made = changes.reduce<unknown>((whole, [where, value]) => {
        try {
          return changed(whole, where, value)
        } catch {
          return whole
        }
      }, SHARD)
      const reading = parsed(made)
      if (!reading.success) {
        for (const { message } of reading.error.issues) expect(message).toMatch(/\S/)
        expect(reading.error.issues).not.toEqual([])
        return
      }
      const read = reading.data as Result
      for (const one of read.scenarios) {
        renderScenario(one, PLAIN)
        renderScenarioQuietly(one, PLAIN)
      }
      renderSummary(read, PLAIN)
      renderJunit(read)
      renderMarkdown(read)
      const there = (name: string, one: Result) =>
        ({ name, what: name, outcome: { kind: 'result', result: one } }) as const
      const matrix = matrixOf([there('a', read), there('b', WHOLE)])
      renderMatrix(matrix, PLAIN)
      renderMatrixMarkdown(matrix)
      if (read.shard)
        merge([
          { name: 'a', result: read },
          { name: 'b', result: SHARD },
        ])
    }),
    { numRuns: 1500 },
  )
})
