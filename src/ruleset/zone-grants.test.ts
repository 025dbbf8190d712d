import { describe, expect, test } from 'vitest'
import { grantees } from '../policy/grantees.ts'
import { OFFICE, zonePolicyOf } from '../policy/zones/fixtures.ts'
import { rulesOfChain } from './first-match-fixtures.ts'
import { grant } from './fixtures.ts'
import { compileZones } from './zones.ts'

const LINKS = new Map([
  ['wan', 'eth0'],
  ['lan', 'eth1'],
  ['dmz', 'eth2'],
])
const POLICY = (terms: string) =>
  zonePolicyOf(OFFICE.replace('statements:', `grants: ${terms}\nstatements:`))
const compiled = (terms: string, ...grants: readonly (readonly ReturnType<typeof grant>[])[]) => {
  const policy = POLICY(terms)
  const [own] = grants
  return compileZones(policy, LINKS, {
    projects: grantees(policy, LINKS),
    ...(own && { grants: own }),
  })
}
const chainOf = (text: string, name: string): string[] =>
  (text.split(`\tchain ${name} {\n`)[1] ?? '')
    .split('\n\t}')[0]!
    .split('\n')
    .map((line) => line.trim().replace(/ comment ".*"/, ''))

test('the smallest form has no trace of grants that flows are kept of', () => {
  const plain = compileZones(zonePolicyOf(OFFICE), LINKS)
  const lines = (text: string) => text.replaceAll(/comment "office\.yaml:\d+ /g, 'comment "')
  expect(lines(compiled('{ to: wan }'))).toBe(lines(plain))
})

describe('with grants', () => {
  const text = compiled('{ to: wan }', [grant('g', 'admin', { tcp: '22' })])

  test('they are asked between the statements and the defaults, on their path only', () => {
    const rules = rulesOfChain(text, 'forward')
    expect(rules.at(-2)).toBe(
      'iifname { "eth1", "eth2" } oifname "eth0" meta l4proto vmap { tcp : jump tcp_granted, udp : jump udp_granted }',
    )
    expect(rules.at(-1)).toContain('otherwise drop')
  })

  test('an element has the link and the address of the host', () => {
    expect(text).toContain('"eth1" . 10.20.1.5 . 22 comment "g.yaml grant g"')
  })

  test('a grant of a host that may have none is refused', () => {
    expect(() => compiled('{ from: dmz, to: wan }', [grant('g', 'admin', { tcp: '22' })])).toThrow(
      /its project is not in this ruleset/,
    )
  })
})

test('flows that are cut are judged like new ones, and their answers by the mirrored statements', () => {
  const text = compiled('{ to: wan, revoked: cut }')
  expect(chainOf(text, 'flows')).toEqual([
    'ct direction reply iifname "eth0" oifname { "eth1", "eth2" } meta l4proto vmap { tcp : goto tcp_replies, udp : goto udp_replies }',
    'ct direction original iifname { "eth1", "eth2" } oifname "eth0" meta l4proto { tcp, udp } return',
    'accept',
  ])
  // The reset of the statement is for the sender alone.
  expect(chainOf(text, 'tcp_replies')).toEqual([
    'oifname "eth1" iifname "eth0" tcp sport 25 counter drop',
    'oifname "eth1" iifname "eth0" meta l4proto tcp counter accept',
    'counter drop',
  ])
  expect(chainOf(text, 'forward').slice(1, 3)).toEqual([
    'ct state related accept',
    'ct state established jump flows',
  ])
  expect(text).not.toContain('granted')
})
