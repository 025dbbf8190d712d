import { expect, test } from 'vitest'
import type { ChangedRule, ChangedState } from './changed-rules.ts'
import { bestOf, worstOf } from './changed-rules.ts'
import { type DiffTable, statusOfDiff } from './diff.ts'

const TABLE = { changes: [], unsteady: [] } as unknown as DiffTable
const CHANGED = {
  ...TABLE,
  changes: [{ kind: 'opened' }],
} as unknown as DiffTable

const rules = (...states: ChangedState[]): ChangedRule[] =>
  states.map((state) => ({ side: 'new', rule: 'tcp dport 22 accept', state }))

const status = (changedRules: ChangedRule[], more: object = {}): string =>
  statusOfDiff({
    ...{ tables: [TABLE], missing: [], problems: [], changedRules, acceptsUntested: false },
    ...more,
  })

test('an untested rule is never "same", unless it is accepted', () => {
  expect(status(rules('tried', 'shadowed', 'not-asked'))).toBe('same')
  expect(status(rules('tried', 'untested'))).toBe('not-proved')
  expect(status(rules('untested'), { expected: 'x.yaml' })).toBe('not-proved')
  expect(status(rules('untested'), { acceptsUntested: true })).toBe('same')
  expect(status(rules('untested'), { acceptsUntested: true, expected: 'x.yaml' })).toBe(
    'as-declared',
  )
})

test('a difference, or a part not measured, outweighs an untested rule', () => {
  expect(status(rules('untested'), { tables: [CHANGED] })).toBe('different')
  expect(status(rules('untested'), { problems: ['a control failed'] })).toBe('unknown')
})

test('a rule has the worst state of its elements, an element the best of its families', () => {
  expect(worstOf(rules('tried', 'untested', 'shadowed')).state).toBe('untested')
  expect(worstOf(rules('not-asked', 'tried')).state).toBe('tried')
  expect(bestOf(rules('untested', 'tried', 'not-asked')).state).toBe('tried')
  expect(bestOf(rules('not-asked', 'untested')).state).toBe('untested')
})
