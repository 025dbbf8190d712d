/** Claim: whatever text a result holds, a report of it has no code but those of the style, and no line at the margin that the text begins. */
import { describe, expect, test } from 'vitest'
import type { ZodType } from 'zod'
import { row as changeRow, probed } from '../changed-rules/fixtures.ts'
import { forTerminal, markedStyle, PLAIN, type Style } from '../quote/style.ts'
import type { DiffResult } from '../result/diff.ts'
import { diffSchema, explainSchema } from '../result/diff-schema.ts'
import type { ExplainResult } from '../result/explain.ts'
import type { Matrix } from '../result/matrix.ts'
import { matrixSchema } from '../result/matrix-schema.ts'
import type { Result } from '../result/result.ts'
import { resultSchema } from '../result/result-schema.ts'
import type { WalkStep } from '../result/trace.ts'
import { renderDiff } from './diff-terminal.ts'
import { renderExplanation } from './explain-terminal.ts'
import { BLOCKED, OPEN, result, row, scenario, TESTED, table } from './fixtures.ts'
import { renderMatrix } from './matrix-terminal.ts'
import { renderScenario, renderScenarioQuietly, renderSummary } from './terminal.ts'

/** What no line of a report begins with at the margin, where verdicts stand; and characters of each kind. */
const FORGED = 'FORGED'
const HOSTILE = `${FORGED}\n${FORGED}\r\n${FORGED}\u0085${FORGED}\u2028${FORGED}\u001b[32m\u001b[39m\u001b[2J\u001b]0;t\u0007\u009b1m\u202e\u2066\u200b\u{e0041}\ud800\u007f\b`

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Every text of it that the schema leaves free, and every name in a record, with the hostile one behind it. */
function hostile<T>(value: T, schema: ZodType): T {
  let whole = JSON.parse(JSON.stringify(value)) as Json
  for (const path of textsOf(whole)) {
    const changed = replaced(whole, path)
    if (schema.safeParse(changed).success) whole = changed
  }
  expect(schema.safeParse(whole).success).toBe(true)
  return whole as T
}

type Path = readonly (string | number)[]

function textsOf(value: Json, path: Path = []): Path[] {
  if (typeof value === 'string') return [path]
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, one]) => textsOf(one as Json, [...path, key]))
}

function replaced(value: Json, [key, ...rest]: Path): Json {
  if (key === undefined) return `${value as string}${HOSTILE}`
  if (Array.isArray(value))
    return value.map((one: Json, i) => (i === Number(key) ? replaced(one, rest) : one))
  const object = value as { readonly [key: string]: Json }
  return { ...object, [key]: replaced(object[key]!, rest) }
}

const at = { file: 'edge.nft', line: 4 }
const STEP: WalkStep = {
  table: 't',
  chain: 'c',
  rule: 'tcp dport 22 accept',
  verdict: 'accept',
  at,
}
const END: WalkStep = { family: 'inet', hook: 'input', table: 't', chain: 'c', verdict: 'drop', at }
const walk = { probe: 'TCP SYN', steps: [STEP, END] }
const PATH = { from: 'shop', to: 'internet', as: '10.0.0.9', destination: '198.51.100.1' } as const
const VERSIONS = { nftproof: '1', node: '24', kernel: '6', nft: '1.0.6' }
const TALK = { ...PATH, family: 4, protocol: 'tcp', count: 1 } as const
const attempts = [
  {
    target: { zone: 'internet', changed: 'another port' },
    sender: { kind: 'icmp', type: 3, code: 1, from: '10.0.0.1' },
  },
  { target: null, sender: { kind: 'reply', from: '10.0.0.2' } },
] as const

const MISMATCH = {
  ...row(22, 22, BLOCKED, { kind: 'translated', change: 'port 22 → 23', way: 'open' }, 'mismatch'),
  attempts,
  replay: 'nftproof run a',
  evidence: { number: 22, probe: 'TCP SYN', trace: walk.steps },
} as const
const UNKNOWN = row(23, 23, OPEN, { kind: 'inconclusive', reason: 'a send failed' }, 'unknown')

const SCENARIO = scenario([], {
  status: 'mismatch',
  tables: [
    table([MISMATCH, UNKNOWN], {
      ...PATH,
      losses: { [`rcvbuf${HOSTILE}`]: 2 },
      coverage: { class: 1, members: 3, representative: 'shop', role: 'representative' },
    }),
    table([row(1, 9, OPEN, { kind: 'open' })]),
  ],
  handshakes: [
    {
      ...TALK,
      rows: [
        {
          from: 1,
          to: 1,
          expected: 'completes',
          observed: 'no answer',
          verdict: 'mismatch',
          replay: 'nftproof run b',
        },
      ],
    },
  ],
  flows: [
    {
      ...TALK,
      rows: [
        {
          from: 1,
          to: 1,
          expected: 'both ways',
          observed: 'cut',
          verdict: 'unknown',
          replay: 'nftproof run c',
        },
      ],
    },
  ],
  sourcePorts: [
    {
      ...PATH,
      family: 4,
      protocol: 'tcp',
      ports: [],
      towards: [1],
      probes: 3,
      exceptions: [{ from: 1, to: 2 }],
    },
  ],
  controls: [
    {
      ...PATH,
      family: 4,
      protocol: 'tcp',
      ruleset: 'none',
      probes: 2,
      passed: false,
      reason: 'one was lost',
    },
  ],
  revoked: ['mail'],
  problems: ['something moved'],
  untested: [
    { rule: 'tcp option maxseg size 1 drop', chain: 'inet t c', at, what: ['maxseg'] },
    { rule: 'meta mark 7 drop', chain: 'inet t c', what: ['mark'], accepted: 'we know' },
  ],
  notMeasured: [{ family: 6, cause: 'environment', reason: 'no IPv6 here:\nsysctl said no' }],
})

const RESULT: Result = result(
  [
    SCENARIO,
    { ...SCENARIO, notes: ['table nat was not tested', 'a note'] },
    { ...SCENARIO, tables: [] },
  ],
  {
    status: 'mismatch',
    merged: {
      count: 2,
      shards: [],
      missing: [2],
      duplicated: [],
      problems: ['shard 2 is missing'],
    },
  },
)

const rule = {
  side: 'new',
  rule: 'drop',
  file: 'edge.nft',
  line: 3,
  reason: 'why',
  by: 'x',
} as const
const evidence = { number: 1, before: walk, after: walk }
const DIFF: DiffResult = {
  format: 'nftproof-diff',
  version: 1,
  tested: TESTED,
  status: 'different',
  interrupted: false,
  old: { origin: 'a.nft', notVaried: ['meta mark'], statefulRules: [] },
  new: { origin: 'b.nft', notVaried: ['ct mark'], statefulRules: [] },
  expected: 'change.yaml',
  lab: { zones: [], reasons: [] },
  coverage: {
    paths: 1,
    combinations: 1,
    probed: 1,
    classes: 1,
    numbers: 1,
    probes: 1,
    unusedPaths: ['a → b'],
    alikePaths: ['b → a'],
    leftOut: ['icmp'],
  },
  controls: [],
  tables: [
    probed([
      { ...changeRow(1, 5), evidence, unchanged: { count: 1, examples: ['ttl 1'] } },
      { ...changeRow(9, 9, 'closed'), after: { kind: 'inconclusive', reason: 'lost' } },
    ]).table,
    probed([changeRow(7, 7)], {
      ordinary: false,
      combination: 'ttl 1',
      unsteady: [{ from: 1, to: 2, alike: false, rule: 'limit rate' }],
    }).table,
  ],
  missing: [
    {
      numbers: { from: 1, to: 1 },
      kind: 'opened',
      from: 'wan',
      to: 'lan',
      family: 4,
      protocol: 'tcp',
      at,
    },
  ],
  changedRules: [
    { ...rule, state: 'untested' },
    { ...rule, state: 'shadowed' },
    { ...rule, state: 'not-asked' },
    { side: 'old', chain: 'c', rule: 'x', state: 'untested' },
  ],
  acceptsUntested: false,
  problems: ['a problem'],
  versions: VERSIONS,
  timing: { startedAt: 'x', totalMs: 1 },
}

const EXPLANATION: ExplainResult = {
  format: 'nftproof-explain',
  version: 1,
  tested: TESTED,
  firewall: 'a.nft',
  ...{ from: 'wan', to: 'lan', family: 4, protocol: 'tcp', number: 22, walk },
  packet: { source: '10.0.0.1', target: '10.0.0.2' },
  observation: { outcome: MISMATCH.observed, attempts },
  losses: {},
  lab: ['zone wan is a guess'],
  problems: ['a problem'],
  versions: VERSIONS,
}

const MATRIX: Matrix = {
  format: 'nftproof-matrix',
  version: 1,
  tested: TESTED,
  status: 'different',
  targets: [
    { name: 'here', what: 'here', versions: VERSIONS, status: 'mismatch' },
    { name: 'there', what: 'image:debian', failure: 'no such image', status: 'unknown' },
  ],
  scenarios: [
    {
      id: 'a',
      title: 't',
      cells: [
        { target: 'here', status: 'mismatch', wrong: 2 },
        { target: 'there', status: 'absent', wrong: 0 },
      ],
    },
  ],
  differences: [
    { scenario: 'a', path: 'x → y', from: 1, to: 2, seen: [{ targets: ['here'], words: 'open' }] },
  ],
  problems: ['there: nothing'],
}

const REPORTS: Readonly<Record<string, (style: Style) => readonly string[]>> = {
  'a run': (style) => {
    const made = hostile(RESULT, resultSchema)
    return [
      ...made.scenarios.map((one) => renderScenario(one, style)),
      ...made.scenarios.map((one) => renderScenarioQuietly(one, style)),
      renderSummary(made, style),
    ]
  },
  'a comparison': (style) => [renderDiff(hostile(DIFF, diffSchema), style)],
  'an explanation': (style) => [renderExplanation(hostile(EXPLANATION, explainSchema), style)],
  'a matrix': (style) => [renderMatrix(hostile(MATRIX, matrixSchema), style)],
}

const MARK = ';1111;2222;3333;4444'

describe.each(Object.entries(REPORTS))('of %s', (_, reports) => {
  test.each([
    ['plain', PLAIN],
    ['coloured', markedStyle(MARK)],
  ])('%s', (_name, style) => {
    for (const report of reports(style)) {
      const text = forTerminal(report, MARK)
      expect(text).toContain(FORGED)
      const bare = text.replaceAll(/\p{Cc}\[(?:1|2|22|31|32|33|39)m/gu, '')
      expect(bare).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      const colours = text.length - bare.length
      expect(colours > 0).toBe(style !== PLAIN)
      for (const line of bare.split('\n')) expect(line).not.toMatch(/^FORGED/)
    }
  })
})
