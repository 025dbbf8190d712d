import { expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import type { Demand } from './demands.ts'
import { FlowChoice, type Labelled } from './flow-variants.ts'

const SENT: Labelled = {
  ...{ from: 'wan', to: 'firewall', family: 4, protocol: 'tcp', answer: 'reply' },
  packet: { source: '203.0.113.10', target: '203.0.113.1' },
  numbers: PortSet.parse('22,80'),
  classes: [{ from: 0, to: 65535, value: 0 }],
  ...{ combination: 'ordinary', ordinary: true, detail: 'all' },
}
const demand = (type: string, hook: string) =>
  ({
    root: { base: { type, hook, priority: 0, policy: 'accept' } },
    tests: [],
  }) as unknown as Demand

function chosenFor(type: string, hook: string): string[] {
  const choice = new FlowChoice([SENT], new Map([['wan', 'wan0']]))
  choice.add(demand(type, hook))
  return choice.chosen.map(({ combination, numbers }) => `${combination}: ${numbers}`)
}

test('a rule in a filter chain is tried with packets of an established flow and with a reset of no flow', () => {
  expect(chosenFor('filter', 'input')).toEqual([
    'packets of established flows: 22,80',
    'resets of unknown flows: 22,80',
  ])
})

test('a rule in a nat chain is not: the chain sees only the first packet of a flow', () => {
  expect(chosenFor('nat', 'prerouting')).toEqual([])
})
