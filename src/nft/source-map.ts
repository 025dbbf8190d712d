/**
 * Source positions of the rules that the kernel lists. nft does not keep them, so the rules of a
 * chain are matched by order and by words. In doubt no position is given: a wrong one would
 * mislead.
 */

import type { Firewall, SourceLine } from '../firewall/firewall.ts'
import type { WrittenRule } from '../firewall/kinds/kind.ts'
import { kindNamed } from '../firewall/kinds/registry.ts'
import { type Likenesses, likeness, likenessesTo } from './likeness.ts'
import { type ListedRule, readListing } from './listing.ts'
import { ruleWords } from './text/rule-words.ts'

/** By family, table and handle: `inet filter 7`. */
export type RuleSources = ReadonlyMap<string, SourceLine>

/** The minimum score for rules at the same index of chains with the same length. */
const SAME_PLACE = 0.3
/** The minimum score for rules at any index, if no other rule has the same score. */
const ANYWHERE = 0.6

export function locateRules(firewall: Firewall, listing: string): RuleSources {
  const written = Map.groupBy(
    firewall.parts.flatMap((part) => kindNamed(part.kind).locate.rules(part)),
    ({ chain }) => chain,
  )
  const listed = Map.groupBy(readListing(listing).rules, ({ table, chain }) => `${table} ${chain}`)
  return new Map([...listed].flatMap(([chain, rules]) => match(rules, written.get(chain) ?? [])))
}

function match(
  listed: readonly ListedRule[],
  written: readonly WrittenRule[],
): [string, SourceLine][] {
  const inOrder = listed.length === written.length
  const likenesses = likenessesTo(written.map(({ words }) => words))
  return listed.flatMap((rule, i): [string, SourceLine][] => {
    const words = ruleWords(rule.text)
    const found = inOrder
      ? there(words, written[i]!, likenesses)
      : written[likenesses.best(words, ANYWHERE) ?? -1]
    return found ? [[`${rule.table} ${rule.handle}`, found.at]] : []
  })
}

/**
 * The rule at the same index, unless another rule is more similar: then the chain was not written
 * in this order.
 */
function there(
  words: ReadonlySet<string>,
  same: WrittenRule,
  likenesses: Likenesses,
): WrittenRule | undefined {
  const score = likeness(words, same.words)
  if (score < SAME_PLACE) return undefined
  return score < 1 && likenesses.hasBetter(words, score) ? undefined : same
}
