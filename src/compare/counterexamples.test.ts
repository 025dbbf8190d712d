/** A change that some packets are not part of. */
import { expect, test } from 'vitest'
import { probed, row } from '../changed-rules/fixtures.ts'
import { PortSet } from '../net/port-set.ts'
import { type DiffTable, ICMP_ERRORS } from '../result/diff.ts'
import { withCounterexamples } from './counterexamples.ts'

const odd = (combination: string, over: Partial<DiffTable> = {}): Partial<DiffTable> => ({
  ordinary: false,
  combination,
  ...over,
})

const exceptionsOf = (...others: ReturnType<typeof probed>[]) =>
  withCounterexamples([probed([row(20, 22)]), ...others])[0]!.changes[0]!.unchanged

test('combinations without a change are listed', () => {
  expect(
    exceptionsOf(probed([], odd('from 10.0.0.1')), probed([row(20, 22)], odd('ttl 3'))),
  ).toEqual({ count: 1, examples: ['from 10.0.0.1'] })
})

test.each([
  ['of another family', probed([], odd('from fd00::1', { family: 6 }))],
  ['of another path', probed([], odd('from 10.0.0.1', { from: 'lan' }))],
  ['in which some of the ports changed', probed([row(22, 30)], odd('from 10.0.0.1'))],
  [
    'in which some of the ports are unsteady',
    probed([], odd('from 10.0.0.1', { unsteady: [{ from: 22, to: 22, alike: true }] })),
  ],
  [
    'in which not all ports were probed',
    { ...probed([], odd('from 10.0.0.1')), probed: PortSet.of({ from: 20, to: 21 }) },
  ],
  ['about answers', probed([], odd(ICMP_ERRORS))],
])('not listed: a combination %s', (_, other) => {
  expect(exceptionsOf(other)).toBeUndefined()
})

test('uncertain changes have no counterexamples', () => {
  const tables = [probed([row(20, 22, 'unknown')]), probed([], odd('from 10.0.0.1'))]
  expect(withCounterexamples(tables)[0]!.changes[0]!.unchanged).toBeUndefined()
})

test('of many, the first are listed and all are counted', () => {
  const many = Array.from({ length: 20 }, (_, i) => probed([], odd(`from 10.0.0.${i}`)))
  expect(exceptionsOf(...many)).toMatchObject({ count: 20, examples: { length: 8 } })
})
