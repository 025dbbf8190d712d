import { describe, expect, test } from 'vitest'
import { valueAt } from '../net/range-map.ts'
import { planZones } from '../plan/zones.ts'
import type { Outcome } from '../result/outcome.ts'
import { factsWith, PORT_80, subjectOf } from '../scenario/fixtures.ts'
import { expectedOf, translatedTo, verdictBetween } from './translated.ts'

const subject = subjectOf()
const sweep = planZones(subject, 4, factsWith([PORT_80])).sweeps.find(
  ({ from, to, protocol }) => from.name === 'wan' && to.name === 'firewall' && protocol === 'tcp',
)!

function judged(number: number, outcome: Outcome) {
  const seen = [{ from: number, to: number, value: { outcome, attempts: [] } }]
  const expected = valueAt(expectedOf(subject, sweep, seen), number)!
  return { line: expected.clause.at.line, verdict: verdictBetween(expected, outcome, 4) }
}

const translated = (change: string, way: 'open' | 'one-way' = 'open'): Outcome => ({
  kind: 'translated',
  change,
  way,
})
const TO_WEB = 'zone firewall → dmz, to 203.0.113.1 → 192.0.2.80'

describe('a translated flow is judged by where it arrived', () => {
  test.each<[string, number, Outcome, number, string]>([
    ['at an allowed host', 80, translated(TO_WEB), 9, 'conforms'],
    ['at an allowed port', 8080, translated(`${TO_WEB}, port 8080 → 80`), 9, 'conforms'],
    ['at a forbidden port', 80, translated(`${TO_WEB}, port 80 → 22`), 7, 'mismatch'],
    [
      'at another host',
      80,
      translated('zone firewall → dmz, to 203.0.113.1 → 192.0.2.81'),
      7,
      'mismatch',
    ],
    ['without a way back', 80, translated(TO_WEB, 'one-way'), 9, 'mismatch'],
    ['not translated, without a promise', 80, { kind: 'open' }, 7, 'mismatch'],
    ['at an unknown host', 80, translated('answered, but not by the target'), 7, 'mismatch'],
    ['unsteady', 80, { kind: 'unsteady' }, 7, 'unknown'],
    ['inconclusive', 80, { kind: 'inconclusive', reason: 'lost' }, 7, 'unknown'],
  ])('%s', (_, number, outcome, line, verdict) => {
    expect(judged(number, outcome)).toEqual({ line, verdict })
  })
})

test('an answer to another host does not count', () => {
  const open = {
    verdict: 'open',
    clause: { label: '', at: { file: '', line: 1, column: 1 } },
  } as const
  expect(verdictBetween(open, translated('answered, but not by the target'), 4)).toBe('mismatch')
  expect(verdictBetween(open, translated('from 10.20.1.10 → 203.0.113.1'), 4)).toBe('conforms')
})

test('drop and reject both conform when the policy allows either', () => {
  const blocked = {
    verdict: 'blocked',
    by: 'any',
    clause: { label: '', at: { file: '', line: 1, column: 1 } },
  } as const
  const reset: Outcome = { kind: 'rejected', by: { kind: 'reset', from: '10.0.0.1' } }
  expect(verdictBetween(blocked, { kind: 'dropped' }, 4)).toBe('conforms')
  expect(verdictBetween(blocked, reset, 4)).toBe('conforms')
  for (const kind of ['open', 'one-way'] as const)
    expect(verdictBetween(blocked, { kind }, 4)).toBe('mismatch')
})

test('the text of a translation reads back as the same translation', () => {
  expect(translatedTo(`${TO_WEB}, port 80 → 8080`)).toEqual({
    zone: 'dmz',
    address: '192.0.2.80',
    port: 8080,
  })
  expect(translatedTo('from 10.0.0.1 → 203.0.113.1')).toEqual({})
  expect(translatedTo('source port 40000 → 1024')).toEqual({})
  expect(translatedTo('IPv4 packet changed')).toBeUndefined()
})
