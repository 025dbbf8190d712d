import { expect, test } from 'vitest'
import type { MeasuredRow } from '../result/measured.ts'
import { concludeReview } from './review-result.ts'

const row = (verdict: MeasuredRow['verdict']) => ({ verdict }) as MeasuredRow
const FAILED = { family: 6, cause: 'environment', reason: 'no such lab here' } as const
const opened = { problems: [], controls: [] }

test('a difference is reported, also if the other family was not measured', () => {
  const four = { found: { rows: [row('exact'), row('different')], probes: 8 }, opened }
  const six = { found: { rows: [], probes: 0 } }
  expect(concludeReview([four, six], [FAILED], [])).toMatchObject({
    verdict: 'different',
    rows: [{ verdict: 'different' }, { verdict: 'exact' }],
    problems: ['IPv6 not measured: no such lab here'],
    probes: 8,
  })
})

test('a family that failed after exact rows leaves the verdict unknown', () => {
  const one = { found: { rows: [row('exact')], probes: 4 }, opened }
  expect(concludeReview([one], [], []).verdict).toBe('exact')
  expect(concludeReview([one], [FAILED], []).verdict).toBe('unknown')
})

test('a change beyond the project is a difference', () => {
  const one = { found: { rows: [row('exact')], probes: 4 }, opened }
  expect(concludeReview([one], [], ['add element …']).verdict).toBe('different')
})
