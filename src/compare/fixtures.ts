/** Sweeps and observations for tests. */
import { PortSet, type Range } from '../net/port-set.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { DiffSweep } from '../plan/diff.ts'
import type { Expectation } from '../policy/expectation.ts'
import type { Observation, Outcome } from '../result/outcome.ts'
import type { ClaimSweep } from './experiment.ts'
import { verdictOf } from './policy.ts'

export const OPEN: Observation = { outcome: { kind: 'open' }, attempts: [] }
export const DROPPED: Observation = { outcome: { kind: 'dropped' }, attempts: [] }
export const unsteady = (...outcomes: readonly Outcome[]): Observation => ({
  outcome: { kind: 'unsteady' },
  attempts: [],
  among: outcomes.map((outcome) => ({ outcome, attempts: [] })),
})

/** Ports 0 to 99, of which the rules name port 22. */
export const CLASSES: RangeMap<number> = [
  { from: 0, to: 21, value: 0 },
  { from: 22, to: 22, value: 1 },
  { from: 23, to: 99, value: 0 },
]

export const diffSweep = (more: Partial<DiffSweep> = {}): DiffSweep => ({
  ...{ from: 'lan', to: 'wan', family: 4, protocol: 'tcp', answer: 'reply' },
  packet: { source: '10.0.0.1', target: '203.0.113.1' },
  ...{ combination: 'ordinary', ordinary: true, detail: 'all', scatters: false },
  ...{ repetitions: 4, thoroughRepeats: 8, classes: CLASSES },
  numbers: PortSet.of({ from: 0, to: 99 }),
  ...more,
})

/** The same observation of every port, except of some. */
export function observedBut(
  value: Observation,
  other: Range & { readonly value: Observation },
): RangeMap<Observation> {
  const before = other.from > 0 ? [{ from: 0, to: other.from - 1, value }] : []
  return [...before, other, { from: other.to + 1, to: 99, value }]
}

export const port = (number: number, value: Observation) => ({ from: number, to: number, value })

/** Port 22 is promised open, the others blocked. */
export const claimSweep = (more: Partial<ClaimSweep> = {}): ClaimSweep => ({
  ...{ id: 7, from: 'lan', to: 'wan', family: 4, protocol: 'tcp', answer: 'reply' },
  packet: { source: '10.0.0.1', target: '203.0.113.1' },
  subject: { from: 'lan', to: 'wan', family: 4, protocol: 'tcp' },
  ...{ repetitions: 0, classes: CLASSES },
  numbers: PortSet.of({ from: 0, to: 99 }),
  asked: PortSet.of({ from: 0, to: 99 }),
  judge: { expected: () => PROMISED, verdict: verdictOf },
  ...more,
})

const AT = { label: 'default', at: { file: 'policy.yaml', line: 1, column: 1 } }
const BLOCKED: Expectation = { clause: AT, verdict: 'blocked', by: 'any' }

const PROMISED: RangeMap<Expectation> = [
  { from: 0, to: 21, value: BLOCKED },
  { from: 22, to: 22, value: { clause: AT, verdict: 'open' } },
  { from: 23, to: 99, value: BLOCKED },
]
