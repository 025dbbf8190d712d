import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberOf } from '../net/address.ts'
import { valueAt } from '../net/range-map.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import {
  boundaryNumbers,
  comparisonsOf,
  isNamed,
  linkClasses,
  portClasses,
  satisfies,
} from './equivalence-classes.ts'
import { factsOf } from './extract.ts'
import { classesOf } from './representatives.ts'

const factsFrom = (...exprs: object[]): RuleFacts =>
  factsOf(inspectionOf(exprs.map((expr) => ({ expr: [expr] }))))
const TCP4 = { family: 4, protocol: 'tcp' } as const
const spans = (facts: readonly RuleFacts[], asked: Parameters<typeof portClasses>[1]): string =>
  portClasses(facts, asked)
    .map(({ from, to, value }) => `${from}-${to}:${value}`)
    .join(' ')

describe('classes of a sweep', () => {
  const web = match(payload('tcp', 'dport'), { set: [80, 443] })

  test('both rulesets divide the ports together', () => {
    const ssh = match(payload('tcp', 'dport'), 22, '!=')
    expect(spans([factsFrom(web)], TCP4)).toBe('0-79:0 80-80:1 81-442:0 443-443:1 444-65535:0')
    expect(spans([factsFrom(web), factsFrom(ssh)], TCP4)).toBe(
      '0-21:0 22-22:1 23-79:0 80-80:2 81-442:0 443-443:2 444-65535:0',
    )
  })

  test('comparisons of other protocols and families are ignored', () => {
    const v6 = factsOf(inspectionOf([{ expr: [web], family: 'ip6' }]))
    expect(spans([factsFrom(web)], { family: 4, protocol: 'udp' })).toBe('0-65535:0')
    expect(spans([v6], TCP4)).toBe('0-65535:0')
    expect(spans([factsFrom(web)], { family: 4, protocol: 'ip' })).toBe('0-5:0 6-6:1 7-255:0')
    expect(
      spans([factsFrom(match(payload('icmp', 'type'), 'echo-request'))], {
        family: 4,
        protocol: 'icmp',
      }),
    ).toBe('0-7:0 8-8:1 9-255:0')
  })

  test('a comparison of source ports divides the answers', () => {
    expect(spans([factsFrom(match(payload('tcp', 'sport'), 53))], TCP4)).toBe(
      '0-52:0 53-53:1 54-65535:0',
    )
  })

  test('boundaries are both sides of every edge', () => {
    expect(boundaryNumbers(portClasses([factsFrom(web)], TCP4)).toString()).toBe(
      '0,79-81,442-444,65535',
    )
    expect(boundaryNumbers([]).isEmpty).toBe(true)
    const odd = factsFrom(match({ '&': [payload('tcp', 'dport'), 1] }, 1))
    expect(boundaryNumbers(portClasses([odd], TCP4)).toString()).toBe('0-65535')
  })

  test('two ports of one class satisfy exactly the same comparisons', () => {
    const port = fc.nat(65535)
    const right = fc.oneof(
      port,
      fc.tuple(port, port).map(([a, b]) => ({ range: [Math.min(a, b), Math.max(a, b)] })),
      fc.array(port).map((set) => ({ set })),
    )
    const rule = fc
      .record({ op: fc.constantFrom('==', '!=', '<', '>', '<=', '>='), right })
      .map(({ op, right }) => match(payload('tcp', 'dport'), right, op))
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 5 }),
        fc.array(port, { minLength: 2, maxLength: 20 }),
        (rules, ports) => {
          const facts = [factsFrom(...rules)]
          const classes = portClasses(facts, TCP4)
          const comparisons = comparisonsOf('destinationPort', facts, TCP4)
          const tried = [...ports, ...boundaryNumbers(classes)]
          const answers = new Map<number, string>()
          for (const n of tried) {
            const id = valueAt(classes, n)!
            const answer = comparisons.map((one) => satisfies(one, n)).join()
            expect(answers.get(id) ?? answer).toBe(answer)
            answers.set(id, answer)
          }
          expect(classes[0]!.from).toBe(0)
          expect(classes.at(-1)!.to).toBe(65535)
          expect(classes.slice(1).every(({ from }, i) => classes[i]!.to + 1 === from)).toBe(true)
        },
      ),
    )
  })
})

describe('classes of other fields', () => {
  const addresses = { ...TCP4, field: 'source', domain: [[0n, 2n ** 32n - 1n]] } as const

  test('a class has a representative and its edges', () => {
    const facts = [
      factsFrom(match(payload('ip', 'saddr'), { prefix: { addr: '10.0.0.0', len: 8 } })),
    ]
    const [outside, inside] = classesOf<bigint>(facts, addresses)
    expect(inside).toMatchObject({
      representative: numberOf('10.0.0.1'),
      edges: [numberOf('10.0.0.0'), numberOf('10.255.255.255')],
      edgesLeft: 0,
    })
    expect(outside!.edges).toEqual([numberOf('9.255.255.255'), numberOf('11.0.0.0')])
  })

  test('edges are limited, and the number left out is reported', () => {
    const set = Array.from({ length: 10 }, (_, i) => `10.0.${i}.1`)
    const [outside, inside] = classesOf<bigint>(
      [factsFrom(match(payload('ip', 'saddr'), { set }))],
      addresses,
    )
    expect(inside).toMatchObject({ representative: numberOf('10.0.0.1'), edgesLeft: 5 })
    expect(outside!.edges.length + outside!.edgesLeft).toBe(20)
  })

  test('a mask of the low bits divides a range', () => {
    const facts = [factsFrom(match({ '&': [payload('ip', 'saddr'), '0.0.0.255'] }, '0.0.0.7'))]
    const members = classesOf<bigint>(facts, addresses).map(
      ({ representative }) => representative & 255n,
    )
    expect(members.filter((n) => n === 7n)).toHaveLength(1)
    expect(members).toHaveLength(2)
  })

  test('marks: each set of bits that rules compare has a member', () => {
    const masked = (mask: number, value: number): object =>
      match({ '&': [meta('mark'), mask] }, value)
    const facts = [factsFrom(masked(0xff, 0x10), masked(0xff00, 0x100), match(meta('mark'), 5))]
    const members = classesOf<number>(facts, {
      ...TCP4,
      field: 'mark',
      domain: [[0, 2 ** 32 - 1]],
    }).map(({ representative }) => representative)
    const answers = members.map((n) =>
      comparisonsOf('mark', facts, TCP4)
        .map((one) => (satisfies(one, n) ? 1 : 0))
        .join(''),
    )
    expect([...answers].sort()).toEqual(['000', '001', '010', '100', '110'])
  })

  test('two values of a class without masks satisfy the same comparisons', () => {
    const number = fc.nat(255).map((n) => `10.0.0.${n}`)
    const right = fc.oneof(
      number,
      fc.nat(32).map((len) => ({ prefix: { addr: '10.0.0.64', len } })),
      fc.array(number).map((set) => ({ set })),
    )
    fc.assert(
      fc.property(fc.array(right, { maxLength: 5 }), (rights) => {
        const facts = [factsFrom(...rights.map((one) => match(payload('ip', 'saddr'), one)))]
        const comparisons = comparisonsOf('source', facts, TCP4)
        const answer = (n: bigint): string => comparisons.map((one) => satisfies(one, n)).join()
        const classes = classesOf<bigint>(facts, addresses)
        for (const { representative, intervals } of classes)
          for (const [from, to] of intervals)
            expect([answer(from), answer(to)]).toEqual([
              answer(representative),
              answer(representative),
            ])
        expect(new Set(classes.map(({ representative }) => answer(representative))).size).toBe(
          classes.length,
        )
        const size = classes
          .flatMap(({ intervals }) => intervals)
          .reduce((sum, [from, to]) => sum + to - from + 1n, 0n)
        expect(size).toBe(2n ** 32n)
      }),
    )
  })
})

describe('links', () => {
  test('links that no rule distinguishes form one class', () => {
    const facts = [
      factsFrom(match(meta('iifname'), 'eth*'), match(meta('oifname'), { set: ['eth1', 'wan0'] })),
      factsFrom(
        match(
          { concat: [meta('iifname'), payload('tcp', 'dport')] },
          { set: [{ concat: ['lan0', 22] }, { concat: ['lan1', 23] }] },
        ),
      ),
    ]
    expect(
      linkClasses(facts, ['eth0', 'eth1', 'eth2', 'wan0', 'lan0', 'lan1', 'dmz', 'tap']),
    ).toEqual([['eth0', 'eth2'], ['eth1'], ['wan0'], ['lan0'], ['lan1'], ['dmz', 'tap']])
    expect(linkClasses([], ['a', 'b'])).toEqual([['a', 'b']])
  })

  test.each([
    ['eth0', 'eth0', true],
    ['eth0', 'eth*', true],
    ['eth', 'eth*', true],
    ['eth0', 'eth', false],
    ['eth*', 'eth\\*', true],
    ['eth0', 'eth\\*', false],
    ['anything', '*', true],
  ])('%s matches the pattern %s: %s', (link, name, wanted) => {
    expect(isNamed(link, name)).toBe(wanted)
  })
})
