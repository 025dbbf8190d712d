/** Claim: no name of a link and no address becomes a part of the tracer's rules. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FIREWALL } from '../../src/lab/lab.ts'
import { RulesetTextError } from '../../src/quote/nft.ts'
import { hostileLink, hostileText } from '../../tools/testing/hostile.ts'
import type { TraceSpec } from '../contract/lab.ts'
import type { WireContext } from '../wire/context.ts'
import { tracerFor } from './trace.ts'

const textOf = (link: string, spec: Partial<TraceSpec> = {}): string =>
  tracerFor(
    { wire: { family: 6 }, firewallLinks: new Map([['a', link]]) } as unknown as WireContext,
    { from: 'a', target: '2001:db8::1', ...spec } as TraceSpec,
  )

/** The text with the one quoted name, or the address, left out. */
const around = (text: string): string =>
  text.replace(/iifname "[^"\n]*" meta/, 'iifname meta').replace(/daddr \S+ meta/, 'daddr meta')

test('hostile names are quoted or refused', () => {
  const expected = around(textOf('eth0'))
  fc.assert(
    fc.property(fc.oneof(hostileLink(), hostileText()), (link) => {
      let text: string
      try {
        text = textOf(link)
      } catch (error) {
        expect(error).toBeInstanceOf(RulesetTextError)
        return
      }
      expect(around(text)).toBe(expected)
    }),
  )
})

test.each(['x" accept; flush ruleset; iifname "y', '"', 'a\nb'])('%j is refused', (link) => {
  expect(() => textOf(link)).toThrow(RulesetTextError)
})

test('an IPv6 address is written without its zone index', () => {
  const from = FIREWALL
  expect(textOf('a', { from, target: '2001:DB8:0::1' })).toContain('ip6 daddr 2001:db8::1 meta')
  expect(textOf('a', { from, target: 'fe80::1%eth0' })).toContain('ip6 daddr fe80::1 meta')
  for (const target of ['2001:db8::1; flush ruleset', '', 'any', '2001:db8::1 drop'])
    expect(() => textOf('a', { from, target })).toThrow()
})
