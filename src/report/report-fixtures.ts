/** A report of each kind, in which every text is another one of the given: for the tests of reporters. */
import { row as changeRow, probed } from '../changed-rules/fixtures.ts'
import { clause, policyOf, section } from '../policy/egress/fixtures.ts'
import { requestOf } from '../request/fixtures.ts'
import { type Context, review } from '../request/review.ts'
import type { Review } from '../request/reviewed.ts'
import { parseServices } from '../request/services.ts'
import type { DiffResult } from '../result/diff.ts'
import type { ExplainResult } from '../result/explain.ts'
import type { Matrix } from '../result/matrix.ts'
import type { Result } from '../result/result.ts'
import { RESULT_VERSION } from '../result/version.ts'
import { BLOCKED, result, row, scenario, TESTED, table, WRONG } from './fixtures.ts'
import type { Report, ReportKind } from './reporter.ts'

/** Gives the next text. */
export type Next = () => string

const port = { from: 443, to: 443, verdict: 'mismatch' } as const

function resultOf(next: Next): Result {
  const at = { file: next(), line: 3, column: 5 }
  const wrong = {
    ...WRONG,
    expected: { ...BLOCKED, clause: { label: next(), at } },
    evidence: {
      number: 25,
      probe: next(),
      trace: [
        { table: next(), chain: next(), rule: next(), verdict: 'accept', file: next(), line: 3 },
      ],
    },
    replay: next(),
  }
  const unknown = row(80, 80, BLOCKED, { kind: 'inconclusive', reason: next() }, 'unknown')
  const subject = { from: next(), to: next(), family: 4, protocol: 'tcp' } as const
  const of = { class: 2, members: 8, representative: next(), role: 'representative' } as const
  const one = scenario([table([wrong, unknown], { ...subject, coverage: of })], {
    ...{ id: next(), title: next(), requirement: next(), source: next(), status: 'mismatch' },
    problems: [next(), next()],
    controls: [{ ...subject, ruleset: 'none', probes: 1, passed: false, reason: next() }],
    handshakes: [
      {
        ...subject,
        count: 1,
        rows: [{ ...port, replay: next(), expected: 'completes', observed: next() as 'completes' }],
      },
    ],
    sourcePorts: [
      { ...subject, ports: [], towards: [], probes: 1, exceptions: [{ from: 53, to: 53 }] },
    ],
    notMeasured: [{ family: 4, cause: 'environment', reason: next() }],
  })
  const versions = { nftproof: next(), node: '24', kernel: next(), nft: next() }
  return result([one], { status: 'mismatch', versions })
}

function diffOf(next: Next): DiffResult {
  const step = () => ({ table: next(), chain: next(), rule: next(), verdict: 'accept' })
  const walk = () => ({ probe: next(), steps: [step()] })
  const row = {
    ...changeRow(22, 22),
    replay: next(),
    evidence: { number: 22, before: walk(), after: walk() },
  }
  const unsteady = { from: 1, to: 2, alike: false, before: [], after: [] }
  const side = () => ({ origin: next(), files: [], notVaried: [next()] })
  return {
    ...{
      format: 'nftproof-diff',
      version: RESULT_VERSION,
      status: 'different',
      interrupted: false,
    },
    ...{ old: side(), new: side(), expected: next(), missing: [], problems: [next()] },
    tables: [probed([row], { from: next(), to: next(), unsteady: [unsteady] as never }).table],
    coverage: {
      ...{ paths: 1, probed: 1, combinations: 1, classes: 1, probes: 1 },
      ...{ unusedPaths: [next()], alikePaths: [next()], leftOut: [next()] },
    },
    acceptsUntested: false,
    lab: {
      zones: [
        { name: 'a', link: 'a', addresses: [] },
        { name: 'b', link: 'b', addresses: [] },
      ],
      reasons: [],
    },
    controls: [],
    changedRules: [
      { side: 'new', state: 'untested', rule: next(), reason: next(), file: next(), line: 1 },
      { side: 'old', state: 'shadowed', rule: next(), by: next(), chain: next() },
    ],
    versions: { nftproof: next(), node: '24', kernel: next(), nft: next() },
    timing: { startedAt: '', totalMs: 1 },
  } as unknown as DiffResult
}

function matrixOf(next: Next): Matrix {
  const versions = { nftproof: next(), node: '24', kernel: next(), nft: next() }
  const names = [next(), next()]
  return {
    ...{ format: 'nftproof-matrix', version: 1, status: 'different' },
    targets: [
      { name: names[0], what: next(), versions },
      { name: names[1], what: next(), failure: next() },
    ],
    scenarios: [
      {
        id: next(),
        cells: [
          { status: 'conforms', wrong: 0 },
          { status: 'absent', wrong: 0 },
        ],
      },
    ],
    differences: [
      {
        ...{ scenario: next(), path: next(), from: 1, to: 2 },
        seen: [
          { words: next(), targets: names },
          { words: next(), targets: [next()] },
        ],
      },
    ],
    problems: [next()],
  } as unknown as Matrix
}

const CONTEXT: Context = {
  policy: policyOf({
    tcp: section([clause('allow', '443')], [], 'deny'),
    udp: section([], [], 'deny'),
  }),
  platform: 'platform.yaml',
  zones: [
    {
      ...{ name: 'shop', kind: 'project', organization: 'acme', link: 'shop0' },
      addresses: [{ family: 4, address: '10.20.1.10', prefixLength: 24 }],
    },
  ],
  organizations: new Map([['shop', 'acme']]),
  others: [],
  warnings: [],
  at: '2026-06-15',
  naming: { named: true, source: '/etc/services' },
  services: parseServices('smtp 25/tcp'),
}

function reviewOf(next: Next): Review {
  const measured = { verdict: 'not measured', wanted: true, reason: next() } as const
  const page = review(requestOf(), CONTEXT, measured)
  const at = { file: next(), line: 1, column: 1 }
  const named = { id: next(), project: next(), organization: next(), useCase: next() }
  return {
    ...page,
    request: { ...page.request, ...named },
    policy: { ...page.policy, id: next() },
    platform: next(),
    findings: [{ kind: 'warning', at, message: next() }],
    alternatives: [{ advice: next(), source: next() }],
    naming: { named: false, reason: next() },
  } as unknown as Review
}

function explanationOf(next: Next): ExplainResult {
  const step = { table: next(), chain: next(), rule: next(), verdict: 'drop' }
  return {
    ...{ format: 'nftproof-explain', version: 1, firewall: next(), from: next(), to: next() },
    ...{ family: 4, protocol: 'tcp', number: 25, packet: { source: next(), target: next() } },
    observation: { outcome: { kind: 'inconclusive', reason: next() }, attempts: [] },
    walk: { probe: next(), steps: [{ ...step, at: { file: next(), line: 3 } }] },
    ...{ losses: {}, lab: [next()], problems: [next()], tested: TESTED },
    versions: { nftproof: next(), node: '24', kernel: next(), nft: next() },
  }
}

/** One report of every kind; a new kind does not compile without one. */
export const REPORTS: Readonly<Record<ReportKind, (next: Next) => Report>> = {
  run: (next) => ({ kind: 'run', result: resultOf(next) }),
  diff: (next) => ({ kind: 'diff', result: diffOf(next) }),
  matrix: (next) => ({ kind: 'matrix', matrix: matrixOf(next) }),
  review: (next) => ({ kind: 'review', review: reviewOf(next), tested: TESTED }),
  explanation: (next) => ({ kind: 'explanation', result: explanationOf(next) }),
}

/** Words, each another one: reports leave repetitions out. */
export function plainly(): Next {
  let i = 0
  return () => `x${i++}`
}
