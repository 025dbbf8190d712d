import { expect, test } from 'vitest'
import {
  contains,
  isOrdinary,
  isPrivate,
  overlaps,
  prefixIn,
  prefixText,
} from '../../net/prefix.ts'

test.each([
  ['eth0', undefined],
  ['80', undefined],
  ['1024-2048', undefined],
  ['10.0.0.1/33', undefined],
  ['10.0.0.0/255.0.255.0', undefined],
  ['10.0.0.1-fd00::1', undefined],
  ['10.0.0.1/8/9', undefined],
  ['', undefined],
  ['10.0.0.1', '10.0.0.1/32'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['10.1.0.0/255.255.0.0', '10.1.0.0/16'],
  ['10.0.0.4-10.0.0.9', '10.0.0.0/28'],
  ['10.6.0.0-10.8.255.255', '10.0.0.0/12'],
  ['0.0.0.0-255.255.255.255', '0.0.0.0/0'],
  ['fd00:0:0::1', 'fd00::1/128'],
  ['[2001:db8::5]', '2001:db8::5/128'],
  ['2001:db8::/32', '2001:db8::/32'],
])('%j is %s', (text, expected) => {
  const prefix = prefixIn(text)
  expect(prefix && prefixText(prefix)).toBe(expected)
})

test.each([
  ['10.0.0.0/8', '10.1.0.0/16', true, true],
  ['10.1.0.0/16', '10.0.0.0/8', false, true],
  ['10.0.0.0/9', '10.128.0.0/9', false, false],
  ['0.0.0.0/0', '::/0', false, false],
  ['0.0.0.0/0', '10.0.0.1', true, true],
  ['fd00::/8', 'fd00::1', true, true],
])('%s and %s: contains %s, overlaps %s', (a, b, inside, shared) => {
  expect(contains(prefixIn(a)!, prefixIn(b)!)).toBe(inside)
  expect(overlaps(prefixIn(a)!, prefixIn(b)!)).toBe(shared)
})

test.each([
  ['10.0.0.0/8', true, true],
  ['100.64.0.1', true, true],
  ['fd00::/8', true, true],
  ['8.8.8.8', false, true],
  ['2001:db8::/32', false, true],
  ['127.0.0.1', false, false],
  ['224.0.0.251', false, false],
  ['fe80::/10', false, false],
  ['::1', false, false],
  ['0.0.0.0/0', false, false],
])('%s: private %s, ordinary %s', (text, own, ordinary) => {
  expect(isPrivate(prefixIn(text)!)).toBe(own)
  expect(isOrdinary(prefixIn(text)!)).toBe(ordinary)
})
