import { describe, expect, test } from 'vitest'
import { chainsOf } from '../nft/chains.ts'
import { type GivenRule, inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { demandsOf } from './demands.ts'
import { differingRules } from './differing.ts'
import { Ways } from './ways.ts'

const RULE: GivenRule = {
  ...{ family: 'netdev', chain: 'i' },
  expr: [match(payload('ip', 'saddr'), '192.0.2.1'), { drop: null }],
}

interface Given {
  readonly name?: string
  readonly hook?: string
  readonly policy?: string
}

/** A chain for devices; nft names them in its listing only. */
function chains(devices: string, { name = 'i', hook = 'ingress', policy = 'accept' }: Given = {}) {
  const head = { family: 'netdev', table: 't', name, handle: 1, type: 'filter', hook, prio: 0 }
  const inspection = inspectionOf([{ ...RULE, chain: name }], { chains: [{ ...head, policy }] })
  const listing = [
    'table netdev t { # handle 1',
    `\tchain ${name} { # handle 1`,
    `\t\ttype filter hook ${hook} ${devices} priority filter; policy ${policy};`,
    '\t\tip saddr 192.0.2.1 drop # handle 2',
    '\t}',
    '}\n',
  ].join('\n')
  return chainsOf({ ...inspection, listing })
}

/** `old rule wan0`: what differs, and the devices of the packets that test it. */
function told(old: ReturnType<typeof chains>, young: ReturnType<typeof chains>): string[] {
  const { differences, atoms } = differingRules(old, young)
  const ways = { old: new Ways(old, atoms.old), new: new Ways(young, atoms.new) }
  return differences.flatMap((one) =>
    demandsOf(one, ways[one.side]).map(({ tests }) => {
      const links = tests.flatMap((own) =>
        own.kind === 'interface' ? [`${own.direction} ${own.names}`] : [],
      )
      return `${one.side} ${one.kind} ${links}`
    }),
  )
}

describe('devices of a chain', () => {
  test.each<[string, string, string, string[]]>([
    ['the same', 'device "wan0"', 'device "wan0"', []],
    ['another', 'device "wan0"', 'device "lan0"', ['old rule in wan0', 'new rule in lan0']],
    ['one more', 'device "wan0"', 'devices = { "lan0", "wan0" }', ['new rule in lan0']],
    ['in another order', 'devices = { a, b }', 'devices = { b, a }', []],
    ['one in two forms', 'devices = { wan0 }', 'device wan0', []],
  ])('%s', (_, was, is, expected) => {
    expect(told(chains(was), chains(is))).toEqual(expected)
  })

  test('of the egress hook are where packets leave', () => {
    const of = (device: string) => chains(`device "${device}"`, { hook: 'egress' })
    expect(told(of('a'), of('b'))).toEqual(['old rule out a', 'new rule out b'])
  })

  test('count for a policy that drops', () => {
    const of = (device: string) => chains(`device "${device}"`, { policy: 'drop' })
    expect(told(of('a'), of('b'))).toEqual([
      ...['old rule in a', 'old policy in a'],
      ...['new rule in b', 'new policy in b'],
    ])
  })

  test('do not count when only the name of the chain changes', () => {
    expect(told(chains('device "a"'), chains('device "a"', { name: 'renamed' }))).toEqual([])
  })
})
