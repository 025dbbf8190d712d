import { expect, test } from 'vitest'
import { chainsOf } from '../nft/chains.ts'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { demandsOf } from './demands.ts'
import { differingRules } from './differing.ts'
import { knownParts } from './known-parts.ts'
import { Ways } from './ways.ts'

const DPORT = payload('tcp', 'dport')
const HOUR = match(meta('hour'), 32400)
const LIMIT = { limit: { rate: 7, burst: 5, per: 'hour' } }
const rule = (...expr: object[]): GivenRule => ({ expr })
const at = (port: unknown): object => match(DPORT, port)
const jump = (target: string): object => ({ jump: { target } })
const ACCEPT = { accept: null }
const DROP = { drop: null }

/** The parts of differing rules that are not known: `new limit`. */
function unknown(old: GivenRule[], young: GivenRule[]): string[] {
  const chains = { old: chainsOf(inspectionOf(old)), new: chainsOf(inspectionOf(young)) }
  const { differences, atoms } = differingRules(chains.old, chains.new)
  const demands = (['old', 'new'] as const).map((side) => {
    const ways = new Ways(chains[side], atoms[side])
    return differences.filter((one) => one.side === side).map((one) => demandsOf(one, ways))
  })
  return demands.flatMap((own, i) => {
    const isKnown = knownParts(demands[1 - i]!.flat())
    return own.flatMap((all) =>
      all[0]!.rules
        .at(-1)!
        .notVaried.filter((part) => !isKnown(all, part))
        .map(({ what }) => `${i === 0 ? 'old' : 'new'} ${what}`),
    )
  })
}

test.each<[string, GivenRule[], GivenRule[], string[]]>([
  [
    'a limit that another rule has',
    [rule(at(22), LIMIT, ACCEPT), rule(at(80), ACCEPT)],
    [rule(at(22), LIMIT, ACCEPT), rule(at(80), LIMIT, ACCEPT)],
    ['new limit'],
  ],
  [
    'a condition that another rule has',
    [rule(HOUR, at(22), ACCEPT), rule(at(80), ACCEPT)],
    [rule(HOUR, at(22), ACCEPT), rule(HOUR, at(80), ACCEPT)],
    ['new meta hour'],
  ],
  [
    'a limit that moves to the rule of another port',
    [rule(at(22), LIMIT, ACCEPT), rule(at(80), ACCEPT)],
    [rule(at(22), ACCEPT), rule(at(80), LIMIT, ACCEPT)],
    ['old limit', 'new limit'],
  ],
  [
    'a condition of a wider rule that now stands at its parts alone',
    [rule(at(80), ACCEPT), rule(HOUR, at({ range: [1, 100] }), ACCEPT)],
    [rule(HOUR, at(80), ACCEPT)],
    ['old meta hour', 'new meta hour'],
  ],
  [
    'a limit of one rule that became two limits',
    [rule(at({ set: [22, 80] }), LIMIT, ACCEPT)],
    [rule(at(22), LIMIT, ACCEPT), rule(at(80), LIMIT, ACCEPT)],
    ['old limit', 'new limit', 'new limit'],
  ],
  [
    'another verdict with the same condition and limit',
    [rule(HOUR, at(22), LIMIT, ACCEPT)],
    [rule(HOUR, at(22), LIMIT, DROP)],
    [],
  ],
  [
    'a range instead of its ports, with the same condition',
    [rule(HOUR, at(22), ACCEPT), rule(HOUR, at(23), ACCEPT)],
    [rule(HOUR, at({ range: [22, 23] }), ACCEPT)],
    [],
  ],
  [
    'a chain of its own for a rule with a limit',
    [rule(at(22), LIMIT, ACCEPT)],
    [rule(at(22), jump('ssh')), { ...rule(LIMIT, ACCEPT), chain: 'ssh' }],
    [],
  ],
])('%s', (_, old, young, expected) => {
  expect(unknown(old, young)).toEqual(expected)
})
