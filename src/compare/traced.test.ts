import { expect, test } from 'vitest'
import { rememberedText } from './traced.ts'

const RULE = 'tcp dport 22 limit rate 1/day burst 9 packets accept'

test.each([
  'tcp dport 22 limit rate 1/day burst 9 packets counter packets 7 bytes 420 accept comment "a counter"',
  'tcp dport { 22 } limit rate 1/day burst 9 packets log prefix "x y" level info accept',
])('counters, logs and comments do not count: %s', (rule) => {
  expect(rememberedText(rule)).toBe(RULE)
})

test.each([
  'tcp dport 22 limit rate 2/day burst 9 packets accept',
  'tcp dport { 22, 23 } limit rate 1/day burst 9 packets accept',
])('everything else does: %s', (rule) => {
  expect(rememberedText(rule)).not.toBe(RULE)
})
