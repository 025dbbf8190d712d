/**
 * Which of many rules is most alike to one, by the words that both have. Rules
 * that share all but rare words are looked at together, so that twenty thousand
 * of one kind are not each held against each.
 */

/** Words of one rule. */
export type Words = ReadonlySet<string>

export interface Likenesses {
  /** Whether any of them is more alike than `score`. */
  hasBetter(words: Words, score: number): boolean
  /** Place of the one that is most alike; undefined where it is less than `least`, or where two are as much alike. */
  best(words: Words, least: number): number | undefined
}

/** A word that more rules have is not looked up: it tells kinds of rules apart, not rules. */
const RARE = 32
/** Where there are more kinds of rules than that, none is told. */
const MOST_KINDS = 2000

/** Part of the words that both have: 1 for the same words, 0 for none in common (Jaccard). */
export function likeness(a: Words, b: Words): number {
  let common = 0
  for (const word of a) if (b.has(word)) common++
  return ratio(common, a.size, b.size)
}

const ratio = (common: number, a: number, b: number): number =>
  a + b === common ? 0 : common / (a + b - common)

/** Rules of as many words, of which the same ones are not rare. */
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
  /** Those that have a rare word of these. */
  const near = (words: Words): Map<number, number> => {
    const found = new Map<number, number>()
    for (const word of words)
      if (having.has(word) && !isUsual(word))
        for (const place of having.get(word)!)
          if (!found.has(place)) found.set(place, likeness(words, rules[place]!))
    return found
  }
  // Of a kind, all that have no rare word of these are as much alike.
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

/** `found`: scores by places; `others`: those of kinds, of which some places may be found as well. */
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
