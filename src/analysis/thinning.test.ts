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

describe('the size of a ruleset', () => {
  test('does not slow down usual rulesets', () => {
    expect(slowness([rules(10), rules(500)])).toBe(1)
  })

  test('is that of the larger ruleset', () => {
    expect(slowness([rules(10), rules(5000)])).toBe(10)
  })
})

describe('thinned edges', () => {
  const always = () => PortSet.of(7)

  test('are all edges for usual rulesets', () => {
    expect(thinned(PortSet.all, { always, slow: 1 })).toBe(PortSet.all)
  })

  test('are as many as the budget allows for large rulesets, with the first, the last and the required edges', () => {
    const kept = thinned(PortSet.all, { always, slow: 100 })
    expect(kept.size).toBe(1002)
    expect([0, 7, 65535].map((n) => kept.has(n))).toEqual([true, true, true])
  })
})

describe('edges that only one ruleset compares', () => {
  test('are none for equal rulesets', () => {
    expect(askedByOne([rules(50), rules(50)], TCP).isEmpty).toBe(true)
  })

  test('include those of a rule with another verdict', () => {
    expect(`${askedByOne([rules(50), rules(50, 20, 'drop')], TCP)}`).toBe('59-61')
  })

  test('include those of a rule in one ruleset only', () => {
    expect(`${askedByOne([rules(50), rules(49)], TCP)}`).toBe('146-148')
  })

  test('include those of set elements in one ruleset only', () => {
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
