/** Results that have every part that a report can show. */
import { row as changeRow, probed } from '../changed-rules/fixtures.ts'
import type { DiffResult } from '../result/diff.ts'
import type { ExplainResult } from '../result/explain.ts'
import type { Matrix } from '../result/matrix.ts'
import type { Result } from '../result/result.ts'
import type { WalkStep } from '../result/trace.ts'
import { RESULT_VERSION } from '../result/version.ts'
import { BLOCKED, OPEN, result, row, scenario, TESTED, table } from './fixtures.ts'

/** What no line of a report begins with at the margin, where verdicts stand; and characters of each kind. */
export const FORGED = 'FORGED'
export const HOSTILE = `${FORGED}\n${FORGED}\r\n${FORGED}\u0085${FORGED}\u2028${FORGED}\u001b[32m\u001b[39m\u001b[2J\u001b]0;t\u0007\u009b1m\u202e\u2066\u200b\u{e0041}\ud800\u007f\b`

const at = { file: 'edge.nft', line: 4 }
const STEP: WalkStep = {
  table: 't',
  chain: 'c',
  rule: 'tcp dport 22 accept',
  verdict: 'accept',
  at,
}
const END: WalkStep = {
  family: 'inet',
  hook: 'input',
  table: 't',
  chain: 'c',
  verdict: 'drop',
  at,
}
const walk = { probe: 'TCP SYN', steps: [STEP, END] }
const PATH = {
  from: 'shop',
  to: 'internet',
  as: '10.0.0.9',
  destination: '198.51.100.1',
} as const
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

export const RESULT: Result = result(
  [
    SCENARIO,
    { ...SCENARIO, notes: ['table nat is not examined', 'a note'] },
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
export const DIFF: DiffResult = {
  format: 'nftproof-diff',
  version: RESULT_VERSION,
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
  timing: { startedAt: '2026-06-15T12:00:00.000Z', totalMs: 1 },
}

export const EXPLANATION: ExplainResult = {
  format: 'nftproof-explain',
  version: RESULT_VERSION,
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

export const MATRIX: Matrix = {
  format: 'nftproof-matrix',
  version: RESULT_VERSION,
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
