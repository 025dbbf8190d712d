import { describe, expect, test } from 'vitest'
import type { Zone } from '../lab/zone.ts'
import { networkText, type Prefix, readAnyPrefix } from '../net/address.ts'
import { requestOf } from '../request/fixtures.ts'
import { NotMeasurable, relocate, targetsOf } from './request-targets.ts'

function zone(name: string, link: string, v4: string, v6: string): Zone {
  const [a, al] = v4.split('/')
  const [b, bl] = v6.split('/')
  return {
    name,
    kind: name === 'internet' ? 'internet' : 'project',
    link,
    addresses: [
      { family: 4, address: a!, prefixLength: Number(al) },
      { family: 6, address: b!, prefixLength: Number(bl) },
    ],
  }
}

const ZONES = [
  zone('shop', 'shop0', '10.20.1.10/24', '2001:db8:20:1::10/64'),
  zone('blog', 'blog0', '192.0.2.10/24', '2001:db8:20:2::10/64'),
  zone('internet', 'wan0', '203.0.113.10/24', '2001:db8:ffff::10/64'),
]

function planned(family: 4 | 6, ...destinations: string[]) {
  const more =
    destinations.length > 0 ? { destinations: `[${destinations.map((d) => `"${d}"`)}]` } : {}
  const { targets, replacements } = targetsOf(requestOf(more), {
    family,
    zones: ZONES,
    taken: [],
    granted: [],
  })
  return {
    at: targets.map(({ where, address }) => `${where} ${address}`),
    ...(replacements[0] ? { used: networkText(replacements[0].used) } : {}),
  }
}

describe('beside a narrower grant of the same project', () => {
  const granted: Prefix[] = [{ family: 4, address: '203.0.113.0', prefixLength: 24 }]
  const around = { family: 4, zones: ZONES, taken: granted, granted } as const

  test('a request for all destinations is measured outside of the granted prefix, and at its edge', () => {
    expect(targetsOf(requestOf(), around)).toMatchObject({
      targets: [{ where: 'anywhere', address: '198.51.100.1' }],
      edges: [{ where: 'anywhere', address: '203.0.113.10' }],
    })
  })

  test('a wider destination is measured in the same way', () => {
    const { targets } = targetsOf(requestOf({ destinations: '[0.0.0.0/0]' }), around)
    expect(targets.at(-1)).toEqual({ where: 'inside', address: '198.51.100.1' })
  })
})

describe('a request is measured at', () => {
  test.each<[string, 4 | 6, string[], object]>([
    ['everywhere', 4, [], { at: ['anywhere 203.0.113.10'] }],
    ['all destinations, IPv6', 6, [], { at: ['anywhere 2001:db8:ffff::10'] }],
    [
      'a documentation prefix',
      4,
      ['198.51.100.0/25'],
      { at: ['outside 203.0.113.10', 'inside 198.51.100.1'] },
    ],
    ['one host', 4, ['198.51.100.7'], { at: ['outside 203.0.113.10', 'inside 198.51.100.7'] }],
    ['another family only', 6, ['198.51.100.0/25'], { at: ['outside 2001:db8:ffff::10'] }],
    [
      "the Internet's own prefix",
      4,
      ['203.0.113.0/24'],
      { at: ['outside 198.51.100.1', 'inside 203.0.113.10'] },
    ],
    [
      'a whole family, without a neighbouring address',
      4,
      ['203.0.113.99'],
      { at: ['outside 203.0.113.10', 'inside 198.51.100.0'], used: '198.51.100.0/32' },
    ],
    [
      'a public prefix',
      4,
      ['8.8.8.0/24'],
      { at: ['outside 203.0.113.10', 'inside 198.51.100.1'], used: '198.51.100.0/24' },
    ],
    [
      'a public prefix beside a documentation prefix',
      4,
      ['8.8.8.0/24', '198.51.100.0/24'],
      { at: ['outside 203.0.113.10', 'inside 10.0.0.1'], used: '10.0.0.0/24' },
    ],
    [
      'a public prefix, IPv6',
      6,
      ['2a00:1450::/32'],
      { at: ['outside 2001:db8:ffff::10', expect.stringMatching(/^inside fd/)], used: 'fd00::/32' },
    ],
    ['everything', 4, ['0.0.0.0/0'], { at: ['inside 203.0.113.10'] }],
  ])('%s', (_, family, destinations, expected) => {
    expect(planned(family, ...destinations)).toEqual(expected)
  })

  test.each<[string, string, RegExp]>([
    ["a project's own network", '192.0.2.16/28', /is in the network of project "blog"/],
    ['too large for a stand-in', '8.0.0.0/7', /no free prefix of its size/],
  ])('%s cannot be measured', (_, destination, message) => {
    expect(() => planned(4, destination)).toThrow(NotMeasurable)
    expect(() => planned(4, destination)).toThrow(message)
  })
})

test('a stand-in replaces its prefix, inside and beside it', () => {
  const prefix = (text: string): Prefix => {
    const reading = readAnyPrefix(text)
    if (!reading.ok) throw new Error(reading.message)
    return reading.value
  }
  const replacement = { given: prefix('8.8.8.0/24'), used: prefix('198.51.100.0/24') }
  const moved = (text: string): string[] => relocate([prefix(text)], replacement).map(networkText)
  expect(moved('8.8.8.0/24')).toEqual(['198.51.100.0/24'])
  expect(moved('8.8.8.128/25')).toEqual(['198.51.100.128/25'])
  expect(moved('8.8.0.0/16')).toEqual(['8.8.0.0/16', '198.51.100.0/24'])
  expect(moved('9.9.9.0/24')).toEqual(['9.9.9.0/24'])
  expect(moved('2a00::/16')).toEqual(['2a00::/16'])
})
