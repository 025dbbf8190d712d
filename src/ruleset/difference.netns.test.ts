/** The incremental path and the full load end in the same ruleset. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inSandbox, itemsOf, SPLIT } from '../../tools/testing/nft.ts'
import { type Prefix, readAnyPrefix } from '../net/address.ts'
import { policyOf } from '../policy/egress/fixtures.ts'
import type { Grant } from '../policy/grant.ts'
import { compile, tableOf } from './compile.ts'
import { difference } from './difference.ts'
import { grant, manyGrants, ZONES } from './fixtures.ts'

const POLICY = policyOf({ grants: { revoked: 'cut' } })

/** Loads the first, then changes it to the second; and the second alone: every rule, element and chain of both. */
function bothWays(before: readonly Grant[], after: readonly Grant[]): [string[], string[]] {
  const { commands, whole } = difference(
    tableOf(POLICY, ZONES, before),
    tableOf(POLICY, ZONES, after),
  )
  expect(whole).toBeUndefined()
  return loadedBothWays(
    compile(POLICY, ZONES, before),
    commands.join('\n'),
    compile(POLICY, ZONES, after),
  )
}

/** The first and its changes; and the last alone. */
function loadedBothWays(...parts: readonly [string, string, string]): [string[], string[]] {
  const listed = inSandbox(
    `${SPLIT}
     nft -f /run/part00001; nft -f /run/part00002; nft -s list ruleset
     printf '\\f'
     nft flush ruleset; nft -f /run/part00003; nft -s list ruleset`,
    parts.join('\f'),
  )
  const [changed, loaded] = listed.split('\f')
  return [itemsOf(changed!), itemsOf(loaded!)]
}

function prefix(text: string): Prefix {
  const reading = readAnyPrefix(text)
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}

test('random changes of grants end in the same ruleset as a whole load', () => {
  for (const [before, after] of fc.sample(fc.tuple(manyGrants, manyGrants), 25)) {
    const [changed, loaded] = bothWays(before, after)
    expect(changed).toEqual(loaded)
    expect(changed.length).toBeGreaterThan(50)
  }
})

test('random changes of projects end in the same smallest ruleset as a whole load', () => {
  const prefixes = fc.subarray(['10.1.0.0/16', '10.1.2.0/24', '0.0.0.0/0', '2001:db8::/32', '::/0'])
  const projects = fc
    .tuple(prefixes, prefixes, prefixes)
    .map((all) => all.map((texts, i) => ({ ...ZONES[i]!, addresses: texts.map(prefix) })))
  for (const [before, after] of fc.sample(fc.tuple(projects, projects), 25)) {
    const { commands, whole } = difference(tableOf(POLICY, before), tableOf(POLICY, after))
    expect(whole).toBeUndefined()
    const [changed, loaded] = loadedBothWays(
      compile(POLICY, before),
      commands.join('\n'),
      compile(POLICY, after),
    )
    expect(changed).toEqual(loaded)
    expect(changed.length).toBeGreaterThan(15)
  }
})

test('the compared listing has every port, range and chain', () => {
  const [items] = bothWays(
    [],
    [grant('a', 'shop', { tcp: '25' }), grant('b', 'shop', { udp: '7-9' })],
  )
  expect(items).toContain(
    'set granted_tcp4_24: "shop0" . 10.20.1.0 . 25 counter comment "a.yaml grant a"',
  )
  expect(items).toContain('map granting_udp4_24: "shop0" . 10.20.1.0 : jump grants_udp_shop')
  expect(items).toContain(
    'chain grants_udp_shop: udp dport 7-9 counter accept comment "b.yaml grant b"',
  )
})

test('counters of other projects keep counting', () => {
  const before = [grant('a', 'shop', { tcp: '25,600-700' })]
  const { commands } = difference(
    tableOf(POLICY, ZONES, before),
    tableOf(POLICY, ZONES, [...before, grant('b', 'blog', { tcp: '26,800-900' })]),
  )
  const preset = (text: string): string =>
    text.replace('} counter accept', '} counter packets 7 bytes 77 accept')
  const listed = inSandbox(
    `${SPLIT}
     nft -f /run/part00001; nft -f /run/part00002; nft list ruleset`,
    `${preset(compile(POLICY, ZONES, before))}\f${commands.join('\n')}`,
  )
  expect(listed).toContain('600-700 } counter packets 7 bytes 77 accept')
  expect(listed).toContain('800-900')
})
