/** The ways from a hook to a chain: the rules whose jumps and verdict maps lead there, in order. */

import { type Test, testsOf } from '../analysis/conditions.ts'
import { innerChains, type MapJump, verdictMapsIn } from '../analysis/jump-targets.ts'
import { jumpTargetsIn } from '../analysis/side-effect-free.ts'
import type { Chain, Chains } from '../nft/chains.ts'
import type { RulePlace } from '../nft/facts.ts'
import { familyOf } from '../nft/rule-family.ts'
import type { AskedAtom } from './asked-atom.ts'

export interface Way {
  readonly root: Chain
  readonly jumps: readonly AskedAtom[]
  /** The map of a jump may send packets there at another time, or the packets are not known. */
  readonly isOpen: boolean
}

/** At most this many ways to a chain are tried. Only generated rulesets have more. */
const MOST_WAYS = 32
/** A verdict map with more keys for one chain adds no condition to the way. */
const MOST_KEYS = 4096

type Atoms = ReadonlyMap<string, readonly AskedAtom[]>

interface Jump {
  readonly to: string
  readonly asked: AskedAtom
  readonly isOpen: boolean
}

/** A way with the chains that it passes. */
interface Passing extends Way {
  readonly passed: ReadonlySet<string>
}

export class Ways {
  readonly #chains: Chains
  readonly #atoms: Atoms
  readonly #inner: (where: RulePlace) => readonly string[]
  #known: ReadonlyMap<string, readonly Way[]> | undefined

  constructor(chains: Chains, atoms: Atoms) {
    this.#chains = chains
    this.#atoms = atoms
    this.#inner = innerChains(chains.ruleset)
  }

  /** Empty if no rule leads to it. */
  to(key: string): readonly Way[] {
    this.#known ??= this.#all()
    return this.#known.get(key) ?? []
  }

  /** From the hooks on, jump by jump. A way passes no chain twice, so their number is the only limit. */
  #all(): ReadonlyMap<string, readonly Way[]> {
    const found = new Map<string, Way[]>()
    const open: [string, Passing][] = [...this.#chains.chains.values()]
      .filter(({ base }) => base !== undefined)
      .map((root) => [root.key, { root, jumps: [], isOpen: false, passed: new Set([root.key]) }])
    const jumps = new Map<string, readonly Jump[]>()
    for (const [chain, { passed, ...way }] of open) {
      const own = found.get(chain) ?? []
      if (own.length >= MOST_WAYS) continue
      found.set(chain, [...own, way])
      const onward = jumps.get(chain) ?? this.#jumpsFrom(chain)
      jumps.set(chain, onward)
      for (const { to, asked, isOpen } of onward)
        if (!passed.has(to) && (found.get(to)?.length ?? 0) < MOST_WAYS)
          open.push([
            to,
            {
              ...{ root: way.root, jumps: [...way.jumps, asked], isOpen: way.isOpen || isOpen },
              passed: new Set([...passed, to]),
            },
          ])
    }
    return found
  }

  #jumpsFrom(chain: string): Jump[] {
    const all = (this.#atoms.get(chain) ?? []).flatMap((asked) => this.#jumpsOf(chain, asked))
    // The certain ways first, because their number is limited.
    return [...all.filter(({ isOpen }) => !isOpen), ...all.filter(({ isOpen }) => isOpen)]
  }

  #jumpsOf(chain: string, asked: AskedAtom): Jump[] {
    const { where, acts } = asked.atom
    const keyOf = (target: string): string =>
      `${where.handle === undefined ? 'legacy ' : ''}${where.family} ${where.table} ${target}`
    const plain = acts.filter((act) => !('vmap' in act)).flatMap(jumpTargetsIn)
    const maps = verdictMapsIn(acts, where, this.#chains.ruleset.sets)
    const family = (): ReturnType<typeof familyOf> => {
      const rule = this.#chains.chains.get(chain)?.rules[asked.atom.index]
      return rule && familyOf(rule)
    }
    return [
      ...[...new Set(plain)].map((target) => ({ to: keyOf(target), asked, isOpen: false })),
      ...maps.flatMap(({ jumps }) =>
        jumps.map((jump) => ({
          to: keyOf(jump.target),
          ...(jump.keys > MOST_KEYS
            ? { asked, isOpen: true }
            : { asked: narrowed(asked, jump, family), isOpen: false }),
        })),
      ),
      ...maps.flatMap(({ open }) =>
        open === undefined
          ? []
          : this.#inner(where).map((target) => ({
              ...{ to: keyOf(target), asked: opened(asked, open), isOpen: true },
            })),
      ),
    ]
  }
}

/** The rule for the packets that the map sends to one chain. */
function narrowed(
  asked: AskedAtom,
  { match }: MapJump,
  family: () => ReturnType<typeof familyOf>,
): AskedAtom {
  return withTests(asked, [...asked.matches, { match }], () =>
    testsOf(match, family(), () => undefined),
  )
}

function opened(asked: AskedAtom, name: string): AskedAtom {
  const test: Test = { kind: 'opaque', what: `the elements of map ${name}`, key: `map ${name}` }
  return withTests(asked, asked.matches, () => [test])
}

/** Computed only for the few ways that are tried. */
function withTests(
  asked: AskedAtom,
  matches: AskedAtom['matches'],
  more: () => readonly Test[],
): AskedAtom {
  const { atom, isIdle, actsKey, saved, isForeign } = asked
  return {
    ...{ atom, matches, isIdle, actsKey, isForeign, ...(saved !== undefined && { saved }) },
    get tests() {
      return [...asked.tests, ...more()]
    },
    get notVaried() {
      return asked.notVaried
    },
  }
}
