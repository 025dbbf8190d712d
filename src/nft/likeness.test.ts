import fc from 'fast-check'
import { expect, test } from 'vitest'
import { likeness, likenessesTo, type Words } from './likeness.ts'

/** Each held against each, as it is meant. */
function plainly(rules: readonly Words[], words: Words, least: number): number | undefined {
  const scored = rules
    .map((rule, place) => ({ place, score: likeness(words, rule) }))
    .sort((a, b) => b.score - a.score)
  const [first, second] = scored
  if (!first || first.score < least) return undefined
  return second?.score === first.score ? undefined : first.place
}

// Few words that are in all rules, and many that are in few.
const words = fc
  .tuple(
    fc.subarray(['ip', 'saddr', 'tcp', 'dport', 'accept', 'drop']),
    fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 4 }),
  )
  .map(([usual, rare]): Words => new Set([...usual, ...rare.map(String)]))

test('similar rules are the same as by comparing every pair', () => {
  fc.assert(
    fc.property(
      fc.array(words, { minLength: 1, maxLength: 150 }),
      words,
      fc.constantFrom(0.1, 0.3, 0.6),
      (rules, one, least) => {
        const likenesses = likenessesTo(rules)
        expect(likenesses.best(one, least)).toBe(plainly(rules, one, least))
        const scores = rules.map((rule) => likeness(one, rule))
        expect(likenesses.hasBetter(one, least)).toBe(scores.some((score) => score > least))
      },
    ),
    { numRuns: 300 },
  )
})

test('among 20,000 similar rules, few pairs are compared', () => {
  let looked = 0
  class Counted extends Set<string> {
    override has(word: string): boolean {
      looked++
      return super.has(word)
    }
  }
  const rules = Array.from(
    { length: 20_000 },
    (_, i) => new Counted(['ip', 'saddr', `10.0.${i >> 8}.${i & 255}`, 'tcp', 'dport', `${i}`]),
  )
  const likenesses = likenessesTo(rules)
  looked = 0
  for (const [place, rule] of rules.entries())
    expect(likenesses.best(new Set([...rule, 'counter']), 0.6)).toBe(place)
  expect(looked).toBeLessThan(rules.length * 100)
})
