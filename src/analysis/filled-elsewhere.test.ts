import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { FILLED_ELSEWHERE } from './filled-elsewhere.ts'
import { untestedRules } from './untested.ts'

const base = (name: string) => ({
  ...{ family: 'inet', table: 't', name, handle: 1 },
  ...{ type: 'filter', hook: name, prio: 0, policy: 'drop' },
})
const CHAINS = [base('input'), base('forward'), base('prerouting')]
const SOURCE = payload('ip', 'saddr')
const add = { set: { op: 'add', elem: SOURCE, set: '@known' } }
const KNOCK = (protocol: string): object[] => [match(payload(protocol, 'dport'), 9999), add]
const OPENS = [match(payload('tcp', 'dport'), 22), match(SOURCE, '@known'), { accept: null }]
const known = { family: 'inet', table: 't', name: 'known', handle: 7, type: 'ipv4_addr' }

const whatIn = (
  rules: readonly GivenRule[],
  { legacy = {}, ports }: { readonly legacy?: { 4?: string }; readonly ports?: string } = {},
): string[] =>
  untestedRules(
    inspectionOf(rules, {
      chains: CHAINS,
      objects: [{ set: { ...known, flags: ['dynamic'] } }],
      legacy,
    }),
    {
      family: 4,
      hooks: new Set(['prerouting', 'forward', 'postrouting']),
      links: ['lan0', 'wan0'],
      unvaried: () => undefined,
      ...(ports === undefined ? {} : { ports: PortSet.parse(ports) }),
    },
  ).flatMap(({ what }) => what)

describe('a rule that reads a set', () => {
  test.each<[string, string, object[], string[]]>([
    ['of the same packets', 'forward', KNOCK('tcp'), []],
    ['of packets of every protocol', 'forward', [match(meta('iifname'), 'wan0'), add], []],
    ['of another protocol', 'forward', KNOCK('udp'), [FILLED_ELSEWHERE]],
    ['of another path', 'input', KNOCK('tcp'), [FILLED_ELSEWHERE]],
    ['before all paths', 'prerouting', KNOCK('tcp'), []],
    ['in a chain that no packet enters', 'unused', KNOCK('udp'), []],
  ])('%s', (_, chain, expr, expected) => {
    expect(
      whatIn([
        { chain, expr },
        { chain: 'forward', expr: OPENS },
      ]),
    ).toEqual(expected)
  })

  test.each([
    ['20-25', [FILLED_ELSEWHERE]],
    ['20-25,9999', []],
    ['0-65535', []],
  ])('of a port, if ports %s are probed', (ports, expected) => {
    const rules = [
      { chain: 'forward', expr: KNOCK('tcp') },
      { chain: 'forward', expr: OPENS },
    ]
    expect(whatIn(rules, { ports })).toEqual(expected)
  })

  test.each([
    ['-p tcp -m tcp --dport 9999', []],
    ['-p udp -m udp --dport 9999', [FILLED_ELSEWHERE]],
  ])('a legacy list that %s fills', (packets, expected) => {
    const set = `-A FORWARD ${packets} -m recent --set --name k --mask 255.255.255.255 --rsource -j DROP`
    const check =
      '-A FORWARD -p tcp -m tcp --dport 22 -m recent --rcheck --name k --rsource -j ACCEPT'
    const text = `*filter\n:FORWARD DROP [0:0]\n${set}\n${check}\nCOMMIT\n`
    expect(whatIn([], { legacy: { 4: text } })).toEqual(expected)
  })
})
