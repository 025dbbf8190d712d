import { expect, test } from 'vitest'
import { hasSeveralPaths, replayOf, replayOfClaim } from './replay.ts'

const packet = { source: '10.0.0.1', target: '203.0.113.1' }
const subject = { from: 'web shop', to: 'internet' }
const sweep = { subject, family: 4, protocol: 'tcp', packet } as const

test('a command names the one path only if there are several', () => {
  const command = 'nftproof run a.yaml --family ipv4 --protocol tcp --ports 25'
  expect(replayOfClaim('nftproof run', 'a.yaml', false)(sweep, 25)).toBe(command)
  expect(replayOfClaim('nftproof run', 'a.yaml', true)(sweep, 25)).toBe(
    "nftproof run a.yaml --from 'web shop' --to internet --family ipv4 --protocol tcp --ports 25",
  )
})

test('a source port is part of the probe', () => {
  const from = { ...sweep, packet: { ...packet, sourcePort: 53 } }
  expect(replayOfClaim('nftproof run', 'a', false)(from, 25)).toMatch(
    /--ports 25 --source-port 53$/,
  )
})

test('a file name is neither an option nor several words', () => {
  expect(replayOfClaim('run', '-a b', false)(sweep, 1)).toMatch(/^run '\.\/-a b' --family /)
})

test('without a number, every number is repeated', () => {
  expect(replayOf('nftproof diff a b', { family: 6, protocol: 'icmp' })).toBe(
    'nftproof diff a b --family ipv6 --protocol icmp',
  )
})

test('a scenario has several paths if its sweeps differ in an end, or its policy has hosts', () => {
  const ends = { from: 'shop', to: 'internet' }
  const several = (sweeps: readonly (typeof ends)[], ...hosts: readonly string[]): boolean =>
    hasSeveralPaths({ scenario: { sweeps }, policy: { hosts } })
  expect(several([ends, ends])).toBe(false)
  expect(several([ends, { ...ends, to: 'blog' }])).toBe(true)
  expect(several([ends], 'relay')).toBe(true)
})
