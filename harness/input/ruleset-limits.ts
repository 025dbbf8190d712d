/**
 * Size limits of a loaded firewall. A larger one is refused with the name of the limit.
 */
import type { Inspection } from '../../src/firewall/firewall.ts'
import { InputError } from '../system/errors.ts'

/**
 * Rules of one firewall in the kernel's listing. A packet takes more than a millisecond through
 * this many.
 */
export const MOST_RULES = 100_000

const IS_RULE = /^\t\t[^\t].* # handle \d+$/

const say = (count: number): string => count.toLocaleString('en')

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
