/** Files with the older words `restrict` and `forbid` mean what their forms with `deny` mean. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import { FAMILIES, type Family, lastNumber, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { valueAt } from '../net/range-map.ts'
import { decide } from './decide.ts'
import { readPolicy } from './egress/read.ts'
import { endpointsOf } from './endpoints.ts'
import type { Grant } from './grant.ts'
import type { Policy } from './policy.ts'
import { INBOUND, OUTBOUND } from './statements.ts'
import { zonePolicyOf } from './zones/fixtures.ts'

type List = readonly (readonly [number, number])[]

const ranges = (last: number): fc.Arbitrary<List> =>
  fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: last }), fc.integer({ min: 0, max: last }))
      .map(([a, b]): readonly [number, number] => [Math.min(a, b), Math.max(a, b)]),
    { maxLength: 3 },
  )

interface SectionText {
  readonly allow: List
  readonly denied: List
  readonly isOpen: boolean
}

const section = (last: number): fc.Arbitrary<SectionText> =>
  fc.record({ allow: ranges(last), denied: ranges(last), isOpen: fc.boolean() })

const egress = fc.record({
  tcp: section(65_535),
  udp: section(65_535),
  icmp: section(255),
  protocols: section(255),
  inbound: fc.boolean(),
  blocked: fc.constantFrom('drop', 'reject'),
})
type EgressText = typeof egress extends fc.Arbitrary<infer T> ? T : never

interface Words {
  readonly list: 'deny' | 'restrict'
  readonly more: '' | ', unless: allowed'
  readonly otherwise: 'deny' | 'restrict'
}
const OLDER: Words = { list: 'restrict', more: '', otherwise: 'restrict' }
const TODAY: Words = { list: 'deny', more: ', unless: allowed', otherwise: 'deny' }

function sectionText(key: string, { allow, denied, isOpen }: SectionText, words: Words): string[] {
  const value = ([from, to]: readonly [number, number]): string =>
    key === 'types' ? `["ipv4/${from}-${to}", "ipv6/${from}-${to}"]` : `"${from}-${to}"`
  const lines = (name: string, list: List, more: string): string[] =>
    list.length === 0
      ? []
      : [`  ${name}:`, ...list.map((r) => `    - { ${key}: ${value(r)}${more} }`)]
  return [
    ...lines('allow', allow, ''),
    ...lines(words.list, denied, words.more),
    `  otherwise: ${isOpen ? 'allow' : words.otherwise}`,
  ]
}

function egressText(file: EgressText, words: Words): string {
  return [
    'policy: some\ntitle: Some\ndirection: egress',
    `blocked: ${file.blocked}`,
    ...['tcp:', ...sectionText('ports', file.tcp, words)],
    ...['udp:', ...sectionText('ports', file.udp, words)],
    ...['icmp:', ...sectionText('types', file.icmp, words)],
    ...['protocols:', ...sectionText('protocols', file.protocols, words)],
    `inbound: { otherwise: ${file.inbound ? 'allow' : words.otherwise} }`,
  ].join('\n')
}

function read(text: string): Policy {
  const reading = readPolicy(text, 'some.yaml')
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join('\n'))
  return reading.value
}

const grant: fc.Arbitrary<Grant> = fc
  .record({ tcp: ranges(65_535), udp: ranges(65_535), isNarrow: fc.boolean() })
  .map(({ tcp, udp, isNarrow }) => ({
    ...EVERY_PORT,
    tcp: setOf(tcp),
    udp: setOf(udp),
    destinations: isNarrow ? [{ family: 4, address: '198.51.100.0', prefixLength: 24 }] : [],
  }))
const EVERY_PORT: Grant = {
  request: 'r',
  project: 'p',
  tcp: PortSet.all,
  udp: PortSet.all,
  destinations: [],
  label: 'grant r',
  at: { file: 'r.yaml', line: 1, column: 1 },
}
const ALL = { ...OUTBOUND, family: 4, protocol: 'tcp' } as const
const setOf = (list: List): PortSet => PortSet.of(...list.map(([from, to]) => ({ from, to })))

const packet = fc
  .record({
    ends: fc.constantFrom(OUTBOUND, INBOUND),
    spoofed: fc.boolean(),
    family: fc.constantFrom<Family>(...FAMILIES),
    protocol: fc.constantFrom<Protocol>(...PROTOCOLS),
    number: fc.nat(65_535),
    grants: fc.array(grant, { maxLength: 2 }),
    target: fc.constantFrom('198.51.100.7', '203.0.113.7', '2001:db8::7'),
  })
  .map(({ number, ends, ...rest }) => ({
    ...ends,
    ...rest,
    number: number % (lastNumber(rest.protocol) + 1),
  }))

test('a file with restrict decides every packet like the same file with "deny, unless: allowed"', () => {
  fc.assert(
    fc.property(egress, fc.array(packet, { minLength: 8, maxLength: 8 }), (file, packets) => {
      const [older, today] = [read(egressText(file, OLDER)), read(egressText(file, TODAY))]
      for (const { grants, target, number, ...question } of packets) {
        const asked = { ...question, granted: { grants, target } }
        expect(valueAt(decide(older, asked), number)).toEqual(valueAt(decide(today, asked), number))
      }
      expect(older).toEqual(today)
    }),
    { numRuns: 25 },
  )
})

test('an explicit deny closes its ports whatever lines and grants allow, and changes nothing else', () => {
  fc.assert(
    fc.property(
      egress,
      ranges(65_535),
      fc.array(packet, { minLength: 8, maxLength: 8 }),
      (file, deny, packets) => {
        const plain = read(egressText(file, TODAY))
        const lines = deny.map(([from, to]) => `    - { ports: "${from}-${to}" }\n`).join('')
        const text = egressText({ ...file, tcp: { ...file.tcp, denied: [] } }, TODAY)
        const base = read(text)
        const strict =
          deny.length === 0 ? base : read(text.replace('tcp:\n', `tcp:\n  deny:\n${lines}`))
        expect(plain.id).toBe(strict.id)
        const all = { ...ALL, granted: { grants: [EVERY_PORT], target: '198.51.100.7' } }
        for (const n of deny.flat())
          expect(valueAt(decide(strict, all), n)!.verdict).toBe('blocked')
        for (const { grants, target, number, ...question } of packets) {
          const asked = { ...question, granted: { grants, target } }
          const value = valueAt(decide(strict, asked), number)!
          const before = valueAt(decide(base, asked), number)!
          const isDenied = question.protocol === 'tcp' && setOf(deny).has(number)
          const isJudgedByLines = question.from === OUTBOUND.from && !question.spoofed
          if (isDenied && isJudgedByLines) expect(value.verdict).toBe('blocked')
          else if (question.protocol !== 'ip') expect(value.verdict).toBe(before.verdict)
        }
      },
    ),
    { numRuns: 25 },
  )
})

const statements = fc.array(
  fc.record({
    from: fc.constantFrom('lan', 'admin', 'dmz'),
    to: fc.constantFrom('wan', 'firewall'),
    isAllowed: fc.boolean(),
    traffic: fc.constantFrom('tcp/20-40', 'tcp/30', 'udp', 'any', 'icmp', '[tcp/443, udp/443]'),
    by: fc.constantFrom('', ', by: reject', ', by: drop'),
  }),
  { minLength: 1, maxLength: 6 },
)

test('a file with forbid decides every packet like the same file with deny', () => {
  const text = (word: string, list: typeof statements extends fc.Arbitrary<infer T> ? T : never) =>
    `policy: some
title: Some
zones: [wan, lan, dmz]
hosts:
  admin: { zone: lan, addresses: [10.20.1.5] }
statements:
${list
  .map(({ from, to, isAllowed, traffic, by }) =>
    isAllowed
      ? `  - { from: ${from}, to: ${to}, allow: ${traffic} }\n`
      : `  - { from: ${from}, to: ${to}, ${word}: ${traffic}${by} }\n`,
  )
  .join('')}`
  fc.assert(
    fc.property(statements, fc.array(packet, { minLength: 8, maxLength: 8 }), (list, packets) => {
      const [older, today] = [zonePolicyOf(text('forbid', list)), zonePolicyOf(text('deny', list))]
      const ends = endpointsOf(today).flatMap((from) =>
        endpointsOf(today)
          .filter(({ zone }) => zone !== from.zone)
          .map((to) => ({ from, to })),
      )
      for (const [i, { family, protocol, number }] of packets.entries()) {
        const between = { ...ends[(i * 7 + number) % ends.length]!, family, protocol }
        expect(valueAt(decide(older, between), number)).toEqual(
          valueAt(decide(today, between), number),
        )
      }
    }),
    { numRuns: 25 },
  )
})
