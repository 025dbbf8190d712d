import { expect, test } from 'vitest'
import type { Review } from '../../src/request/reviewed.ts'
import { exitCodeOf } from './request-review.ts'

const at = { file: 'r.yaml', line: 1, column: 1 }

test.each<[string, object, Review['findings'][number]['kind'] | undefined, number]>([
  ['exact', { verdict: 'exact' }, undefined, 0],
  ['exact, with an overlap', { verdict: 'exact' }, 'overlap', 0],
  ['different', { verdict: 'different' }, undefined, 1],
  ['a contradiction', { verdict: 'exact' }, 'contradiction', 2],
  ['unknown', { verdict: 'unknown' }, undefined, 3],
  ['could not be measured', { verdict: 'not measured', wanted: true }, undefined, 3],
  ['not measured on request', { verdict: 'not measured', wanted: false }, undefined, 0],
  [
    'not measured on request, a contradiction',
    { verdict: 'not measured', wanted: false },
    'contradiction',
    2,
  ],
])('%s: exit code', (_, measured, kind, expected) => {
  const findings = kind === undefined ? [] : [{ kind, at, message: '' }]
  expect(exitCodeOf({ findings, measured } as unknown as Review)).toBe(expected)
})
