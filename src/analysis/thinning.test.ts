import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import { inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { factsOf } from './extract.ts'
import { askedByOne, slowness, thinned } from './thinning.ts'

const rules = (count: number, changed?: number, verdict = 'accept') =>
  factsOf(
    inspectionOf(
      Array.from({ length: count }, (_, i) => {
        const what = i === changed ? verdict : 'accept'
        const expr = [match(payload('tcp', 'dport'), 3 * i), { [what]: null }]
        return { expr, text: `tcp dport ${3 * i} ${what}` }
      }),
    ),
  )

const TCP = { family: 4, protocol: 'tcp' } as const

describe('slowness', () => {
  test('rulesets of usual size are not slow', () => {
    expect(slowness([rules(10), rules(500)])).toBe(1)
  })

  test('the larger one counts', () => {
    expect(slowness([rules(10), rules(5000)])).toBe(10)
  })
})

describe('thinned', () => {
  const always = () => PortSet.of(7)

  test('usual rulesets keep every edge', () => {
    expect(thinned(PortSet.all, { always, slow: 1 })).toBe(PortSet.all)
  })

  test('of large ones as many are kept as there is time for, the first and the last, and all that must be', () => {
    const kept = thinned(PortSet.all, { always, slow: 100 })
    expect(kept.size).toBe(1002)
    expect([0, 7, 65535].map((n) => kept.has(n))).toEqual([true, true, true])
  })
})

describe('askedByOne', () => {
  test('nothing of two alike', () => {
    expect(askedByOne([rules(50), rules(50)], TCP).isEmpty).toBe(true)
  })

  test('the edges of a rule that decides otherwise', () => {
    expect(`${askedByOne([rules(50), rules(50, 20, 'drop')], TCP)}`).toBe('59-61')
  })

  test('the edges of a rule that only one has', () => {
    expect(`${askedByOne([rules(50), rules(49)], TCP)}`).toBe('146-148')
  })

  test('elements of a set that only one has', () => {
    const set = (elem: readonly number[]) =>
      factsOf(
        inspectionOf(
          [{ expr: [match(payload('tcp', 'dport'), '@s'), { accept: null }], text: 'same' }],
          { objects: [{ set: { family: 'inet', table: 't', name: 's', elem } }] },
        ),
      )
    expect(`${askedByOne([set([22, 80]), set([22, 443])], TCP)}`).toBe('79-81,442-444')
  })
})
