import { expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import { reachedBy } from './reached.ts'
import type { Sent } from './sent.ts'

const sent = (more: Partial<Sent>): Sent => ({
  ...{ from: 'wan', to: 'firewall', family: 4, protocol: 'tcp', answer: 'reply' },
  packet: { source: '192.0.2.1', target: '192.0.2.2' },
  numbers: PortSet.parse('10,12,20'),
  classes: [
    { from: 0, to: 9, value: 0 },
    { from: 10, to: 12, value: 1 },
    { from: 13, to: 30, value: 0 },
    { from: 31, to: 40, value: 2 },
    { from: 50, to: 52, value: 1 },
  ],
  ...more,
})

test('if the edges of classes were probed, the whole classes are reported', () => {
  const reached = reachedBy(sent({ detail: 'boundaries' }))
  expect(reached.ranges).toEqual([
    { from: 0, to: 30 },
    { from: 50, to: 52 },
  ])
})

test('otherwise only the probed ports are reported', () => {
  expect(reachedBy(sent({ detail: 'all' })).ranges).toEqual(PortSet.parse('10,12,20').ranges)
  expect(reachedBy(sent({ numbers: PortSet.empty, detail: 'boundaries' })).isEmpty).toBe(true)
})
