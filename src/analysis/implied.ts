/** Whether every packet that passes some tests also passes others. */
import { type Interval, intersect, subtract } from '../net/interval-set.ts'
import type { Test } from './conditions.ts'
import { isNamed } from './equivalence-classes.ts'

/** Whether every packet that passes all of `by` passes all of `tests`. */
export const areImplied = (tests: readonly Test[], by: readonly Test[]): boolean =>
  tests.every((test) => by.some((given) => implies(given, test)))

/** Whether every packet that passes `given` passes `test`. False where it is not certain. */
export function implies(given: Test, test: Test): boolean {
  if (textOf(given) === textOf(test)) return true
  if (given.kind === 'number' && test.kind === 'number') return impliesNumber(given, test)
  if (given.kind === 'number' && test.kind === 'family') return given.family === test.family
  if (given.kind === 'interface' && test.kind === 'interface')
    return (
      given.direction === test.direction &&
      !given.isNot &&
      !test.isNot &&
      given.names.every((name) => test.names.some((other) => isNamed(name, other)))
    )
  if (given.kind === 'state' && test.kind === 'state' && !given.isNot)
    return given.values.every((value) => test.values.includes(value) !== test.isNot)
  return false
}

const textOf = (test: Test): string =>
  JSON.stringify(test, (_, value) => (typeof value === 'bigint' ? `${value}` : value))

type NumberTest = Extract<Test, { kind: 'number' }>

function impliesNumber(given: NumberTest, test: NumberTest): boolean {
  if (given.field !== test.field || given.mask !== undefined || test.mask !== undefined)
    return false
  if (test.family !== undefined && given.family !== test.family) return false
  const [mine, other] = [given.intervals as Interval[], test.intervals as Interval[]]
  if (given.isNot) return test.isNot && subtract(other, mine).length === 0
  return test.isNot ? intersect(mine, other).length === 0 : subtract(mine, other).length === 0
}
