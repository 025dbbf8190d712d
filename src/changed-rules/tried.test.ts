import { expect, test } from 'vitest'
import { chainsOf } from '../nft/chains.ts'
import { inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import type { TraceStep } from '../result/trace.ts'
import { type Demand, demandsOf } from './demands.ts'
import { differingRules } from './differing.ts'
import { type Exercised, judgeDemand } from './tried.ts'
import { Ways } from './ways.ts'

const rule = (port: number, verdict: string) => ({
  expr: [match(payload('tcp', 'dport'), port), { [verdict]: null }],
})

/** Of the second of three rules, which only the new one has; handles begin at 2. */
function demand(): Demand {
  const old = chainsOf(inspectionOf([rule(22, 'accept'), rule(80, 'drop')]))
  const young = chainsOf(inspectionOf([rule(22, 'accept'), rule(25, 'drop'), rule(80, 'drop')]))
  const { differences, atoms } = differingRules(old, young)
  expect(differences).toHaveLength(1)
  return demandsOf(differences[0]!, new Ways(young, atoms.new))[0]!
}

const step = (handle: number | undefined, verdict: string): TraceStep => ({
  ...{ family: 'inet', table: 't', chain: 'input', hook: 'input', verdict },
  ...(handle === undefined ? {} : { handle, rule: `rule ${handle}` }),
})

const probe = (steps: TraceStep[], witnesses: number[] = [7], isSure = false): Exercised => ({
  packets: [{ steps, witnesses }],
  isSure,
})

test('a rule in the trace was exercised', () => {
  expect(judgeDemand(demand(), 7, [probe([step(3, 'drop')])])).toEqual({ state: 'tried' })
})

test('an earlier rule that decides a matching packet shadows the rule', () => {
  const by = step(2, 'accept')
  expect(judgeDemand(demand(), 7, [probe([by])])).toEqual({ state: 'shadowed', by })
  // Of the packet it is known by all its fields too.
  expect(judgeDemand(demand(), 7, [probe([by], [], true)])).toEqual({ state: 'shadowed', by })
})

test('a packet that may not match proves nothing', () => {
  expect(judgeDemand(demand(), 7, [probe([step(2, 'accept')], [])])).toBeUndefined()
  expect(judgeDemand(demand(), 7, [])).toBeUndefined()
})

test('a later rule does not shadow the rule', () => {
  expect(judgeDemand(demand(), 7, [probe([step(4, 'drop')])])).toBeUndefined()
  expect(judgeDemand(demand(), 7, [probe([step(undefined, 'policy accept')])])).toBeUndefined()
})
