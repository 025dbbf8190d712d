/**
 * Finds the most similar of many rules, by the words that two rules share. Rules that share all but
 * rare words form a kind and are compared as one, because a ruleset may have twenty thousand rules
 * of one kind.
 */

/** The words of one rule. */
export type Words = ReadonlySet<string>

export interface Likenesses {
  /** Whether a rule has a higher score than `score`. */
  hasBetter(words: Words, score: number): boolean
  /**
   * The index of the most similar rule. Undefined if its score is below `least`, or if two rules
   * have the highest score.
   */
  best(words: Words, least: number): number | undefined
}

/** A word in more rules than this is not rare: it distinguishes kinds, not rules. */
const RARE = 32
/** With more kinds of rules than this, no position is given. */
const MOST_KINDS = 2000

/** The share of common words (Jaccard index): 1 for the same words, 0 for none in common. */
export function likeness(a: Words, b: Words): number {
  let common = 0
  for (const word of a) if (b.has(word)) common++
  return ratio(common, a.size, b.size)
}

const ratio = (common: number, a: number, b: number): number =>
  a + b === common ? 0 : common / (a + b - common)

/** Rules with the same number of words and the same words besides rare ones. */
interface Kind {
  readonly usual: Words
  readonly size: number
  readonly places: number[]
}

export function likenessesTo(rules: readonly Words[]): Likenesses {
  const having = new Map<string, number[]>()
  for (const [place, words] of rules.entries())
    for (const word of words) {
      const own = having.get(word)
      if (own) own.push(place)
      else having.set(word, [place])
    }
  const isUsual = (word: string): boolean => having.get(word)!.length > RARE
  const kinds = kindsOf(rules, isUsual)
  /** The rules with a rare word of these. */
  const near = (words: Words): Map<number, number> => {
    const found = new Map<number, number>()
    for (const word of words)
      if (having.has(word) && !isUsual(word))
        for (const place of having.get(word)!)
          if (!found.has(place)) found.set(place, likeness(words, rules[place]!))
    return found
  }
  // Within a kind, all rules without these rare words have the same score.
  const byKind = (words: Words): readonly (readonly [kind: Kind, score: number])[] =>
    kinds.map((kind) => {
      let common = 0
      for (const word of words) if (kind.usual.has(word)) common++
      return [kind, ratio(common, words.size, kind.size)] as const
    })
  return {
    hasBetter: (words, score) =>
      kinds.length > MOST_KINDS ||
      [...near(words).values()].some((own) => own > score) ||
      byKind(words).some(([, own]) => own > score),
    best: (words, least) =>
      kinds.length > MOST_KINDS ? undefined : onlyBest(near(words), byKind(words), least),
  }
}

/**
 * `found`: scores by index. `others`: scores of whole kinds, which may include indexes that were
 * found.
 */
function onlyBest(
  found: ReadonlyMap<number, number>,
  others: readonly (readonly [kind: Kind, score: number])[],
  least: number,
): number | undefined {
  let most = 0
  for (const score of found.values()) if (score > most) most = score
  for (const [, score] of others) if (score > most) most = score
  if (most < least) return undefined
  const places = [...found].flatMap(([place, score]) => (score === most ? [place] : []))
  const alike = others.flatMap(([kind, score]) => (score === most ? [kind] : []))
  for (const place of placesIn(alike)) {
    if (places.length > 1) return undefined
    if (!found.has(place)) places.push(place)
  }
  return places.length === 1 ? places[0] : undefined
}

function* placesIn(kinds: readonly Kind[]): Generator<number> {
  for (const { places } of kinds) yield* places
}

function kindsOf(rules: readonly Words[], isUsual: (word: string) => boolean): readonly Kind[] {
  const kinds = new Map<string, Kind>()
  for (const [place, words] of rules.entries()) {
    const usual = [...words].filter(isUsual).sort()
    const key = `${words.size} ${usual.join(' ')}`
    const kind = kinds.get(key) ?? { usual: new Set(usual), size: words.size, places: [] }
    kinds.set(key, kind)
    kind.places.push(place)
  }
  return [...kinds.values()]
}
