import { describe, expect, test } from 'vitest'
import type { Answer, Attempt, Sighting } from '../../src/result/outcome.ts'
import { isSilent, judgedOutcome, outcomeOf } from './outcomes.ts'

const seen: Sighting = { zone: 'internet' }
const changed: Sighting = { zone: 'internet', changed: 'port 25 → 8025' }
const reply: Answer = { kind: 'reply' }
const reset: Answer = { kind: 'reset', from: '203.0.113.10' }
const nothing: Attempt = { target: null, sender: null }
const answered: Attempt = { target: seen, sender: reply }
const oneWay: Attempt = { target: seen, sender: null }
const lossy = (attempt: Attempt): Attempt => ({ ...attempt, lossy: true })

describe('one attempt, seen from both ends', () => {
  test.each<[string, Attempt, string]>([
    ['arrived and answered', answered, 'open'],
    ['arrived, no answer back', oneWay, 'one-way'],
    ['not arrived, reset', { target: null, sender: reset }, 'rejected'],
    ['not arrived, nothing back', nothing, 'dropped'],
    ['arrived at another port, answered', { target: changed, sender: reply }, 'translated'],
    ['arrived at another port, no answer', { target: changed, sender: null }, 'translated'],
    ['answered by another host', { target: null, sender: reply }, 'translated'],
    [
      'answered from another address',
      { target: seen, sender: { kind: 'reply', from: '192.0.2.1' } },
      'translated',
    ],
    ['arrived, but its answer was reset on the way', { target: seen, sender: reset }, 'one-way'],
  ])('%s', (_, attempt, kind) => {
    expect(outcomeOf(attempt, true).kind).toBe(kind)
  })

  test('a protocol without answers is open when the packet arrives', () => {
    expect(outcomeOf(oneWay, false).kind).toBe('open')
    expect(outcomeOf(nothing, false).kind).toBe('dropped')
    expect(isSilent(oneWay, false)).toBe(false)
    expect(isSilent(oneWay, true)).toBe(true)
  })
})

describe('two attempts together', () => {
  test.each<[string, Attempt[], string]>([
    ['both silent', [nothing, nothing], 'dropped'],
    ['silence, then an answer, and nothing was lost', [nothing, answered], 'unsteady'],
    ['dropped, then one-way', [nothing, oneWay], 'unsteady'],
    ['lost, then answered: repaired', [lossy(nothing), answered], 'open'],
    ['lost, then silent with nothing lost', [lossy(nothing), nothing], 'inconclusive'],
    ['silent with nothing lost, then lost', [nothing, lossy(nothing)], 'inconclusive'],
    ['one-way, then lost', [oneWay, lossy(nothing)], 'inconclusive'],
    ['lost once, then silent twice', [lossy(nothing), nothing, nothing], 'dropped'],
    ['silent, lost, and silent again', [nothing, lossy(nothing), nothing], 'dropped'],
    ['silent, lost, then answered', [nothing, lossy(nothing), answered], 'unsteady'],
    ['silent in one attempt only', [nothing], 'inconclusive'],
    ['lost both times', [lossy(nothing), lossy(nothing)], 'inconclusive'],
    ['answered while frames were lost: the answer counts', [lossy(answered)], 'open'],
    ['one-way while frames were lost', [lossy(oneWay), lossy(oneWay)], 'inconclusive'],
  ])('%s', (_, attempts, kind) => {
    expect(judgedOutcome(attempts, true).kind).toBe(kind)
  })
})
