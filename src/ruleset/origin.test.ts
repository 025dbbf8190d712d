import { expect, test } from 'vitest'
import { origin } from './origin.ts'

const at = { file: 'x/office.yaml', line: 7, column: 1 }
const said = (...labels: string[]): string => origin(labels.map((label) => ({ label, at })))

test.each([
  [['allow SSH', 'allow DNS'], 'allow SSH, DNS'],
  [['allow tcp, udp, icmp/echo-request'], 'allow tcp, udp, icmp/echo-request'],
  [
    ['allow tcp/1, tcp/2, tcp/3, tcp/4, tcp/5, tcp/6, tcp/7'],
    'allow tcp/1, tcp/2, tcp/3, tcp/4, tcp/5 and 2 more',
  ],
  [
    ['allow icmp/neighbour-solicitation, icmp/neighbour-advertisement'],
    'allow icmp/neighbour-solicitation and 1 more',
  ],
  [[`allow ${'x'.repeat(60)}`], `allow ${'x'.repeat(60)}`],
])('%j: %s', (labels, words) => {
  expect(said(...labels)).toBe(` comment "office.yaml:7 ${words}"`)
})
