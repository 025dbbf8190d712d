/** Differences → the packets that a test of each one needs. */

import type { Test } from '../analysis/conditions.ts'
import type { Chain, Chains } from '../nft/chains.ts'
import { type Json, textIn, within } from '../nft/json.ts'
import type { Side } from '../result/changed-rules.ts'
import type { AskedAtom } from './asked-atom.ts'
import type { Difference } from './differing.ts'

/** One packet through the hook must satisfy all these rules. */
export interface Demand {
  readonly difference: Difference
  readonly side: Side
  /** The base chain at which packets enter. */
  readonly root: Chain
  /** The rules whose jumps lead to the rule, the rule itself, and the rules that it moved past. */
  readonly rules: readonly AskedAtom[]
  readonly tests: readonly Test[]
}

/** At most this many ways to a chain are tried. Only generated rulesets have more. */
const MOST_WAYS = 32
/** nft's own limit of jumps within each other. */
const DEEPEST = 16

export interface Way {
  readonly root: Chain
  readonly jumps: readonly AskedAtom[]
}

type Atoms = ReadonlyMap<string, readonly AskedAtom[]>

export class Ways {
  readonly #chains: Chains
  readonly #callers = new Map<string, { chain: string; asked: AskedAtom }[]>()
  readonly #known = new Map<string, readonly Way[]>()

  constructor(chains: Chains, atoms: Atoms) {
    this.#chains = chains
    for (const [chain, own] of atoms)
      for (const asked of own)
        for (const target of jumpsOf(asked)) {
          const { family, table, handle } = asked.atom.where
          const key = `${handle === undefined ? 'legacy ' : ''}${family} ${table} ${target}`
          const callers = this.#callers.get(key)
          if (callers) callers.push({ chain, asked })
          else this.#callers.set(key, [{ chain, asked }])
        }
  }

  /** Empty if no rule leads to it. */
  to(key: string, depth = 0): readonly Way[] {
    const known = this.#known.get(key)
    if (known) return known
    const chain = this.#chains.chains.get(key)
    if (!chain || depth > DEEPEST) return []
    const found = chain.base
      ? [{ root: chain, jumps: [] }]
      : (this.#callers.get(key) ?? [])
          .flatMap((caller) =>
            this.to(caller.chain, depth + 1).map(({ root, jumps }) => ({
              root,
              jumps: [...jumps, caller.asked],
            })),
          )
          .slice(0, MOST_WAYS)
    this.#known.set(key, found)
    return found
  }
}

/** The chains that it jumps or goes to. An atom that was not split may lead to several. */
export function jumpsOf({ atom }: AskedAtom): string[] {
  const found = new Set<string>()
  const look = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(look)
    else if (typeof value === 'object' && value !== null) {
      for (const word of ['jump', 'goto']) {
        const target = textIn(within(value, word) ?? {}, 'target')
        if (target !== undefined) found.add(target)
      }
      Object.values(value as Json).forEach(look)
    }
  }
  look(atom.acts)
  return [...found]
}

/** One demand for each way to the rule, and for each rule that it moved past. */
export function demandsOf(difference: Difference, ways: Ways): Demand[] {
  const { side, chain } = difference
  if (difference.kind === 'policy') return [{ difference, side, root: chain, rules: [], tests: [] }]
  const { asked, past } = difference
  const rules = past ? past.map((other) => [asked, other]) : [[asked]]
  return rules.flatMap((own) =>
    ways.to(chain.key).map(({ root, jumps }) => {
      const all = [...jumps, ...own]
      return { difference, side, root, rules: all, tests: all.flatMap(({ tests }) => tests) }
    }),
  )
}
