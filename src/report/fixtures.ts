/** Hand-written results for the tests of the reports. */
import type { Expectation } from '../policy/expectation.ts'
import type { Outcome } from '../result/outcome.ts'
import type { Result, Row, ScenarioResult, TableResult, Verdict } from '../result/result.ts'
import type { Tested } from '../result/tested.ts'
import { RESULT_VERSION } from '../result/version.ts'

const at = { file: 'p.yaml', line: 3, column: 5 }
export const OPEN: Expectation = { verdict: 'open', clause: { label: 'allow SSH', at } }
export const BLOCKED: Expectation = {
  verdict: 'blocked',
  by: 'drop',
  clause: { label: 'deny tcp 1–1024', at },
}

export function row(
  from: number,
  to: number,
  expected: Expectation,
  observed: Outcome,
  verdict: Verdict = 'conforms',
): Row {
  return { from, to, expected, observed, verdict, attempts: [{ target: null, sender: null }] }
}

export function table(rows: readonly Row[], more: Partial<TableResult> = {}): TableResult {
  return {
    from: 'shop',
    to: 'internet',
    family: 4,
    protocol: 'tcp',
    answer: 'reply',
    numbers: rows.reduce((n, r) => n + r.to - r.from + 1, 0),
    probes: rows.length,
    rows,
    losses: {},
    timing: { sweepMs: 710 },
    ...more,
  }
}

export function scenario(
  tables: readonly TableResult[],
  more: Partial<ScenarioResult> = {},
): ScenarioResult {
  return {
    id: 'default-egress',
    title: 'A title',
    requirement: 'A claim.',
    source: 'Somewhere',
    policy: { id: 'zerops', file: 'zerops.yaml', sha256: '0' },
    at: '2026-06-15',
    grants: [],
    revoked: [],
    ruleset: { origin: 'zerops.yaml', sha256: '0', text: '' },
    status: 'conforms',
    controls: [],
    tables,
    sourcePorts: [],
    flows: [],
    handshakes: [],
    problems: [],
    timing: { startedAt: '2026-11-23T05:00:00.000Z', totalMs: 1000 },
    ...more,
  }
}

export const TESTED: Tested = {
  files: [{ path: 'policies/zerops.yaml', size: 3, sha256: 'ab'.repeat(32) }],
}

export function result(scenarios: readonly ScenarioResult[], more: Partial<Result> = {}): Result {
  return {
    format: 'nftproof-result',
    version: RESULT_VERSION,
    id: '20261123T050000Z-default-egress',
    status: 'conforms',
    interrupted: false,
    versions: { nftproof: '0.1.0', node: '24.0.0', kernel: '6.18', nft: '1.0.6' },
    machine: { cores: 2, sandbox: 'root' },
    scenarios,
    tested: TESTED,
    timing: { startedAt: '2026-11-23T05:00:00.000Z', totalMs: 1000 },
    ...more,
  }
}

/** A row with a wrong verdict, with its evidence. */
export const WRONG: Row = {
  ...row(25, 25, BLOCKED, { kind: 'open' }, 'mismatch'),
  attempts: [{ target: { zone: 'internet' }, sender: { kind: 'reply' } }],
  evidence: {
    number: 25,
    probe: 'TCP SYN 10.20.1.10:40001 → 203.0.113.10:25',
    trace: [{ table: 't', chain: 'c', rule: 'tcp dport 25 accept', verdict: 'accept' }],
  },
  replay: 'nftproof run default-egress --ports 25',
}
