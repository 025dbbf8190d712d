/** How large a firewall may be: beyond that it is refused, with the limit's name, before it fills the memory. */
import type { Inspection } from '../../src/firewall/firewall.ts'
import { longestList } from '../../src/nft/text/longest-list.ts'
import { InputError } from '../system/errors.ts'

/** Elements of one set as a file has it. Two sets of a million each, listed and compared, take about 4 GB. */
export const MOST_ELEMENTS = 2_000_000
/** Rules of one firewall as the kernel lists them; a packet takes a millisecond and more through so many. */
export const MOST_RULES = 100_000

const IS_RULE = /^\t\t[^\t].* # handle \d+$/

const say = (count: number): string => count.toLocaleString('en')

/** Before a text is taken apart into tokens. */
export function refuseLongSets(text: string, file: string, most = MOST_ELEMENTS): void {
  const longest = longestList(text)
  if (!longest || longest.elements <= most) return
  const { name, line, elements } = longest
  throw new InputError(
    `${file}:${line}: ${name} has ${say(elements)} elements: nftproof reads at most ${say(most)} in one list: test with fewer of them, as those that the rules around it are about`,
  )
}

/** Once it is loaded, whatever it was loaded from. */
export function refuseTooLarge(
  origin: string,
  { listing }: Pick<Inspection, 'listing'>,
  most = MOST_RULES,
): void {
  const rules = listing.split('\n').filter((line) => IS_RULE.test(line)).length
  if (rules > most)
    throw new InputError(
      `${origin}: has ${say(rules)} rules: nftproof takes at most ${say(most)}: put addresses and ports that are treated alike into sets`,
    )
}
