/**
 * Size limits of a firewall. A larger one is refused with the name of the limit, before it fills
 * the memory.
 */
import type { Inspection } from '../../src/firewall/firewall.ts'
import { longestList } from '../../src/nft/text/longest-list.ts'
import { InputError } from '../system/errors.ts'

/**
 * Elements of one set in a file. Two sets with a million elements each take about 4 GB to list and
 * compare.
 */
export const MOST_ELEMENTS = 2_000_000
/**
 * Rules of one firewall in the kernel's listing. A packet takes more than a millisecond through
 * this many.
 */
export const MOST_RULES = 100_000

const IS_RULE = /^\t\t[^\t].* # handle \d+$/

const say = (count: number): string => count.toLocaleString('en')

/** Checked before a text is divided into tokens. */
export function refuseLongSets(text: string, file: string, most = MOST_ELEMENTS): void {
  const longest = longestList(text)
  if (!longest || longest.elements <= most) return
  const { name, line, elements } = longest
  throw new InputError(
    `${file}:${line}: ${name} has ${say(elements)} elements: the limit is ${say(most)}: test with the part of the list that matters to the rules`,
  )
}

/** Checked once it is loaded, from any source. */
export function refuseTooLarge(
  origin: string,
  { listing }: Pick<Inspection, 'listing'>,
  most = MOST_RULES,
): void {
  const rules = listing.split('\n').filter((line) => IS_RULE.test(line)).length
  if (rules > most)
    throw new InputError(
      `${origin}: has ${say(rules)} rules: the limit is ${say(most)}: put addresses and ports with the same verdict into sets`,
    )
}
