import { expect, test } from 'vitest'
import { chainsOf } from '../nft/chains.ts'
import { inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { differingRules } from './differing.ts'
import { deadBehind } from './ending.ts'

const tcp = match(payload('tcp', 'dport'), 2525)
const udp = match(payload('udp', 'dport'), 5353)
const ipv4 = match(payload('ip', 'ttl'), 9)
const ipv6 = match(payload('ip6', 'hoplimit'), 9)
const reject = (type: string) => ({ reject: { type, expr: 'host-unreachable' } })

/** What ends the chain before a rule that only the new side has. */
function behind(ending: object, expr: readonly object[], family = 'inet'): string | undefined {
  const before = { expr: [ending], family, text: 'the end' }
  const old = chainsOf(inspectionOf([before]))
  const young = chainsOf(inspectionOf([before, { expr: [...expr, { accept: null }], family }]))
  const [difference] = differingRules(old, young).differences
  return deadBehind(difference!)
}

test.each([
  ['accept ends it for all', { accept: null }, [tcp], 'the end'],
  ['icmpx ends it for all', reject('icmpx'), [tcp], 'the end'],
  ['icmp does not end it for both families', reject('icmp'), [tcp], undefined],
  ['icmp ends it for IPv4', reject('icmp'), [ipv4], 'the end'],
  ['icmp does not end it for IPv6', reject('icmp'), [ipv6], undefined],
  ['icmpv6 ends it for IPv6', reject('icmpv6'), [ipv6], 'the end'],
  ['icmpv6 does not end it for IPv4', reject('icmpv6'), [ipv4], undefined],
  ['a reset ends it for TCP', { reject: { type: 'tcp reset' } }, [tcp], 'the end'],
  ['a reset does not end it for UDP', { reject: { type: 'tcp reset' } }, [udp], undefined],
  [
    'a translation of IPv4 ends nothing',
    { dnat: { family: 'ip', addr: '192.0.2.9' } },
    [tcp],
    undefined,
  ],
])('%s', (_, ending, expr, by) => {
  expect(behind(ending, expr)).toBe(by)
})

test('in a table of one family, a reject of this family ends the chain', () => {
  expect(behind(reject('icmp'), [tcp], 'ip')).toBe('the end')
  expect(behind(reject('icmpv6'), [tcp], 'ip6')).toBe('the end')
})
