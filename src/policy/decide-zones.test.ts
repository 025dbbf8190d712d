import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FAMILIES, type Family, lastNumber, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { valueAt } from '../net/range-map.ts'
import { decide } from './decide.ts'
import { endpointsOf } from './endpoints.ts'
import type { Policy } from './policy.ts'
import { endpointOf, officeWith } from './zones/fixtures.ts'

function at(policy: Policy, path: string, packet: string, family: Family = 4): string {
  const [from, to] = path.split(' → ').map((name) => endpointOf(policy, name))
  const [protocol, number] = packet.split('/') as [Protocol, string]
  const value = valueAt(decide(policy, { from: from!, to: to!, family, protocol }), Number(number))!
  return `${value.verdict === 'open' ? 'open' : `blocked ${value.by}`} ${value.clause.at.line}`
}

describe('the office', () => {
  const policy = officeWith()
  test.each<[string, string, string]>([
    ['wan → web', 'tcp/80', 'open 9'],
    ['wan → web', 'tcp/81', 'blocked drop 7'],
    ['wan → dmz', 'tcp/80', 'blocked drop 7'],
    ['lan → web', 'tcp/80', 'open 9'],
    ['admin → web', 'tcp/80', 'open 9'],
    ['admin → web', 'tcp/22', 'open 10'],
    ['lan → web', 'tcp/22', 'blocked drop 7'],
    ['admin → wan', 'udp/53', 'open 11'],
    ['lan → wan', 'tcp/25', 'blocked tcp-reset 12'],
    ['lan → wan', 'icmp/8', 'open 11'],
    ['lan → wan', 'icmp/0', 'blocked drop 7'],
    ['web → lan', 'tcp/80', 'blocked drop 7'],
    ['firewall → wan', 'udp/53', 'blocked drop 7'],
    ['lan → wan', 'ip/6', 'open 11'],
    ['lan → wan', 'ip/1', 'open 11'],
    ['lan → wan', 'ip/47', 'blocked drop 7'],
  ])('%s %s: %s', (path, packet, expected) => {
    expect(at(policy, path, packet)).toBe(expected)
  })

  test('ICMP types depend on the family', () => {
    expect(at(policy, 'lan → wan', 'icmp/128', 6)).toBe('open 11')
    expect(at(policy, 'lan → wan', 'icmp/8', 6)).toBe('blocked drop 7')
    expect(at(policy, 'lan → wan', 'ip/58', 6)).toBe('open 11')
  })
})

describe('keywords', () => {
  test('any means every zone, the firewall and every protocol', () => {
    const policy = officeWith('{ from: any, to: firewall, allow: any }')
    for (const name of ['wan', 'lan', 'admin', 'web'])
      for (const packet of ['tcp/1', 'udp/1', 'icmp/200', 'ip/47'])
        expect(at(policy, `${name} → firewall`, packet)).toBe('open 9')
    expect(at(policy, 'wan → lan', 'tcp/1')).toMatch(/^blocked/)
  })

  test.each<[string, string, string, string]>([
    ['reject', 'tcp-reset', 'port-unreachable', 'any'],
    ['tcp-reset', 'tcp-reset', 'any', 'any'],
    ['admin-prohibited', 'admin-prohibited', 'admin-prohibited', 'any'],
    ['blocked', 'any', 'any', 'any'],
    ['drop', 'drop', 'drop', 'drop'],
  ])('by: %s', (word, tcp, udp, ip) => {
    const policy = officeWith(`{ from: wan, to: lan, deny: any, by: ${word} }`)
    expect(at(policy, 'wan → lan', 'tcp/1')).toBe(`blocked ${tcp} 9`)
    expect(at(policy, 'wan → lan', 'udp/1')).toBe(`blocked ${udp} 9`)
    expect(at(policy, 'wan → lan', 'ip/47')).toBe(`blocked ${ip} 9`)
  })

  test('a statement for one family does not apply to the other', () => {
    const policy = officeWith('{ from: wan, to: lan, allow: tcp, families: [ipv6] }')
    expect(at(policy, 'wan → lan', 'tcp/1', 6)).toBe('open 9')
    expect(at(policy, 'wan → lan', 'tcp/1', 4)).toMatch(/^blocked/)
  })
})

const names = ['wan', 'lan', 'dmz', 'web', 'admin', 'firewall', 'any']
const statement = fc.record({
  from: fc.constantFrom(...names),
  to: fc.constantFrom(...names),
  treatment: fc.constantFrom('allow', 'deny', 'default'),
  traffic: fc.constantFrom('tcp/20-40', 'tcp/30', 'tcp', 'udp', 'any', 'icmp', 'ip/gre'),
})
const zoneOf = (name: string): string => ({ web: 'dmz', admin: 'lan' })[name] ?? name
const passes = ({ from, to }: { from: string; to: string }): boolean =>
  from === 'any' || to === 'any' || zoneOf(from) !== zoneOf(to)

function questionsOf(policy: Policy) {
  return endpointsOf(policy).flatMap((from) =>
    endpointsOf(policy)
      .filter(({ zone }) => zone !== from.zone)
      .flatMap((to) =>
        FAMILIES.flatMap((family) => PROTOCOLS.map((protocol) => ({ from, to, family, protocol }))),
      ),
  )
}

/** From 0 to `last`, without gaps. */
function expectWhole(spans: readonly { from: number; to: number }[], last: number): void {
  let next = 0
  for (const span of spans) {
    expect(span.from).toBe(next)
    next = span.to + 1
  }
  expect(next).toBe(last + 1)
}

const isOpen = (own: readonly { readonly treatment: string }[]): boolean =>
  own.some((s) => s.treatment === 'allow') && !own.some((s) => s.treatment === 'deny')

const keys = (treatment: string, traffic: string): string =>
  treatment === 'default' ? `deny: ${traffic}, unless: allowed` : `${treatment}: ${traffic}`

test('every port is decided once, deny beats allow, a default does not, and the order of statements does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(statement.filter(passes), { minLength: 1, maxLength: 6 }),
      (statements) => {
        const texts = statements.map(
          (s) => `{ from: ${s.from}, to: ${s.to}, ${keys(s.treatment, s.traffic)} }`,
        )
        const [policy, reversed] = [officeWith(...texts), officeWith(...texts.toReversed())]
        for (const question of questionsOf(policy)) {
          const { from, to, protocol } = question
          const spans = decide(policy, question)
          const other = decide(reversed, question)
          expectWhole(spans, lastNumber(protocol))
          for (const n of [0, 19, 20, 30, 31, 40, 41, 47, 255]) {
            const verdict = valueAt(spans, n)!.verdict
            expect(valueAt(other, n)!.verdict).toBe(verdict)
            if (protocol === 'ip') continue
            const own = statements.filter(
              (s) => covers(s.from, from) && covers(s.to, to) && isAbout(s.traffic, protocol, n),
            )
            expect(verdict).toBe(isOpen(own) ? 'open' : 'blocked')
          }
        }
      },
    ),
    { numRuns: 40 },
  )
})

function covers(name: string, end: { readonly name: string; readonly zone: string }): boolean {
  return name === 'any' || name === end.name || name === end.zone
}

function isAbout(traffic: string, protocol: Protocol, n: number): boolean {
  if (traffic === 'any') return true
  const [name, range] = traffic.split('/')
  if (name !== protocol) return false
  if (range === undefined) return true
  const [first, last] = range.split('-').map(Number)
  return first! <= n && n <= (last ?? first!)
}

test('a default is decided before "otherwise", with its own way of blocking', () => {
  const policy = officeWith(
    '{ from: lan, to: wan, deny: tcp, unless: allowed, by: reject }',
    '{ from: lan, to: wan, allow: tcp/22 }',
    '{ from: lan, to: wan, deny: tcp/23 }',
  )
  const ask = (n: number) =>
    valueAt(
      decide(policy, {
        from: endpointOf(policy, 'lan'),
        to: endpointOf(policy, 'wan'),
        family: 4,
        protocol: 'tcp',
      }),
      n,
    )
  expect(ask(22)).toMatchObject({ verdict: 'open' })
  expect(ask(23)).toMatchObject({ verdict: 'blocked', by: 'drop' })
  expect(ask(24)).toMatchObject({ verdict: 'blocked', by: 'tcp-reset' })
})
