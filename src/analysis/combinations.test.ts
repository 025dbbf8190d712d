/** Which combinations of fields are probed, in which order, and how many there are. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIREWALL } from '../lab/lab.ts'
import { match, meta, payload } from '../nft/facts-fixtures.ts'
import { combinationsOf } from './combinations.ts'
import {
  all,
  DADDR,
  EMPTY,
  factsFrom,
  pathOf,
  prefix,
  SADDR,
  standing,
} from './combinations-fixtures.ts'

describe('the ordinary packet', () => {
  test.each([
    ['lan', 'wan', '192.168.1.10', '203.0.113.10'],
    ['lan', FIREWALL, '192.168.1.10', '192.168.1.1'],
    [FIREWALL, 'wan', '203.0.113.1', '203.0.113.10'],
  ])('from %s to %s', (from, to, source, target) => {
    const [first] = all(pathOf(EMPTY, from, to))
    expect(first).toEqual({
      packet: { source, target },
      label: 'ordinary',
      level: 'ordinary',
      tier: 'plausible',
      fields: [],
      rank: 0,
    })
  })

  test('is the only packet between zones when rules compare nothing', () => {
    expect(combinationsOf(pathOf(EMPTY, 'lan', 'wan')).total).toBe(1n)
  })

  test('does not exist for a zone without an address of the family, or an unknown zone', () => {
    expect(all(pathOf(EMPTY, 'lan', 'wan', { family: 6 }))).toEqual([])
    expect(all(pathOf(EMPTY, 'lan', 'nowhere'))).toEqual([])
    expect(combinationsOf(pathOf(EMPTY, 'lan', 'nowhere')).total).toBe(0n)
  })
})

describe('order', () => {
  const facts = factsFrom(
    [match(SADDR, '10.9.3.3'), match(payload('tcp', 'sport'), 53)],
    [match(meta('length'), 1000, '>')],
  )

  test('is: one field, then fields that one rule compares together, then pairs, then the rest', () => {
    const found = standing(pathOf(facts, 'lan', 'wan'))
    expect(found.map(({ label, level }) => `${level}: ${label}`)).toEqual([
      'ordinary: ordinary',
      'one field: from 10.9.3.3',
      'one field: source port 53',
      'one field: length 1001',
      'one rule: from 10.9.3.3, source port 53',
      'two fields: from 10.9.3.3, length 1001',
      'two fields: source port 53, length 1001',
      'more fields: from 10.9.3.3, source port 53, length 1001',
    ])
  })

  test('has every combination once, by rank, and as many as the product of their fields', () => {
    const part = fc.constantFrom(
      match(SADDR, prefix('10.9.0.0', 20)),
      match(SADDR, '192.168.2.50'),
      match(DADDR, { range: ['203.0.113.20', '203.0.113.30'] }),
      match(payload('tcp', 'sport'), { set: [20, 53] }),
      match(payload('ip', 'ttl'), 5, '<'),
      match(meta('length'), 500),
    )
    fc.assert(
      fc.property(
        fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        (rules) => {
          const combinations = combinationsOf(pathOf(factsFrom(...rules), 'lan', 'wan'))
          const found = [...combinations]
          expect(BigInt(found.length)).toBe(combinations.total)
          expect(new Set(found.map(({ label }) => label)).size).toBe(found.length)
          expect(found.every(({ rank }, i) => i === 0 || found[i - 1]!.rank <= rank)).toBe(true)
          expect([...combinations.counts.values()].reduce((sum, n) => sum + n, 0n)).toBe(
            combinations.total,
          )
          expect([...combinations]).toEqual(found)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('counts a huge product without enumerating it', () => {
    const many = Array.from({ length: 300 }, (_, i) => [
      match(SADDR, `10.9.${i % 250}.${i + 1 > 255 ? i - 250 : i + 1}`),
      match(DADDR, `198.51.100.${(i % 250) + 2}`),
      match(payload('tcp', 'sport'), i * 7),
    ])
    const combinations = combinationsOf(pathOf(factsFrom(...many), 'lan', 'wan'))
    expect(combinations.total).toBeGreaterThan(10_000_000n)
    expect(combinations[Symbol.iterator]().next().value).toMatchObject({ label: 'ordinary' })
  })
})
