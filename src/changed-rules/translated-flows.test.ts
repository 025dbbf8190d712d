import { expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import type { DiffTable } from '../result/diff.ts'
import type { Sent } from './sent.ts'
import { exceptTranslated } from './translated-flows.ts'

const OPEN = { kind: 'open' } as const
const MOVED = { kind: 'translated', way: 'open', change: 'port 80 → 22' } as const
const DROPPED = { kind: 'dropped' } as const

const flow = (numbers: string, more: Partial<Sent> = {}): Sent => ({
  ...{ from: 'wan', to: 'firewall', family: 4, protocol: 'tcp', answer: 'reply', inFlow: true },
  packet: { source: '203.0.113.10', target: '203.0.113.1' },
  numbers: PortSet.parse(numbers),
  ...more,
})
const table = {
  ...{ from: 'wan', to: 'firewall', protocol: 'tcp' },
  changes: [
    { from: 80, to: 81, kind: 'translated-otherwise', before: OPEN, after: MOVED },
    { from: 85, to: 85, kind: 'translated-otherwise', before: MOVED, after: OPEN },
    { from: 90, to: 90, kind: 'opened', before: DROPPED, after: OPEN },
  ],
} as unknown as DiffTable
const left = (...flows: Sent[]): string[] =>
  exceptTranslated(flows, [table]).map(({ numbers }) => numbers.toString())

test('ports that one firewall translates are left out of flows, others stay', () => {
  expect(left(flow('79-86,90'))).toEqual(['79,82-84,86,90'])
  expect(left(flow('80-81'))).toEqual([])
})

test('other paths, other protocols, and packets of no flow stay whole', () => {
  expect(left(flow('80', { to: 'lan' }), flow('80', { protocol: 'udp' }))).toEqual(['80', '80'])
  expect(left(flow('80', { inFlow: false }))).toEqual(['80'])
})
