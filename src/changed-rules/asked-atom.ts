/**
 * An atom of a rule with all its conditions: the tests, and the conditions that no probe varies.
 */
import type { Atom } from '../analysis/atoms.ts'
import { type Test, testsOf } from '../analysis/conditions.ts'
import { type NotVaried, notVariedIn } from '../analysis/not-varied.ts'
import type { ChainRule } from '../nft/chains.ts'
import type { RulePlace } from '../nft/facts.ts'
import { type Json, within } from '../nft/json.ts'
import { familyOf } from '../nft/rule-family.ts'
import { type Ruleset, setKey } from '../nft/rules.ts'
import type { SetSettings } from '../nft/set-settings.ts'
import { COMMON } from './common.ts'

export interface AskedAtom {
  readonly atom: Atom
  /** Its matches, in a form that nft can load. */
  readonly matches: readonly Json[]
  readonly tests: readonly Test[]
  readonly notVaried: readonly NotVaried[]
  /** It cannot change the outcome of a packet. */
  readonly isIdle: boolean
  readonly actsKey: string
  /** The rule as iptables-save writes it, if it is an iptables rule. */
  readonly saved?: string
  /** nft's JSON omits a part of the rule that `saved` has. */
  readonly isForeign: boolean
}

interface Naming {
  /** A statement as text, with names of sets and objects replaced by their contents. */
  readonly plain: (where: RulePlace, statement: unknown) => string
  /** What a set has besides its elements, by its key. */
  readonly settings: (key: string) => SetSettings | undefined
}

export function asker(
  ruleset: Ruleset,
  { plain, settings }: Naming,
): (atom: Atom, rule: ChainRule, isIdle: boolean) => AskedAtom {
  return (atom, rule, isIdle) => {
    const { where } = atom
    const family = familyOf(rule)
    const elements = (name: string) =>
      ruleset.sets.get(setKey(where.family, where.table, name))?.elements
    const foreign = isForeign(rule)
    const matches: readonly Json[] = foreign
      ? rule.statements.filter((one) => 'match' in one)
      : atom.conditions.map(named)
    const { saved } = rule
    // Only for the few rules that differ, because sets may be large.
    const asked = lazy(() => {
      const tests = [
        ...(family ? [{ kind: 'family', family } as const] : []),
        ...matches.flatMap((one) => {
          const match = within(one, 'match')
          return match ? testsOf(match, family, elements) : []
        }),
      ]
      const notVaried = notVariedIn(atom, tests, foreign ? saved : undefined).map((one) => ({
        ...one,
        key: one.key.startsWith('{') ? plain(where, JSON.parse(one.key)) : one.key,
      }))
      const remembered = setsIn([atom.conditions, atom.acts]).flatMap((name): NotVaried[] => {
        const own = settings(setKey(where.family, where.table, name))
        return own
          ? [{ what: `${own.words.join(' or ')} of @${name}`, key: own.text, kind: 'memory' }]
          : []
      })
      // nft's matches do not contain the conditions of xtables.
      const untold = foreign ? notVaried.filter(({ kind }) => kind === 'condition') : []
      const states = foreign && saved !== undefined ? statesIn(saved) : []
      const opaque = untold.map(({ what, key }): Test => ({ kind: 'opaque', what, key }))
      return { tests: [...tests, ...states, ...opaque], notVaried: [...notVaried, ...remembered] }
    })
    return {
      ...{ atom, matches, isIdle, isForeign: foreign },
      get tests() {
        return asked().tests
      },
      get notVaried() {
        return asked().notVaried
      },
      actsKey: JSON.stringify(atom.acts),
      ...(saved !== undefined && { saved }),
    }
  }
}

const STATES = ['new', 'established', 'related', 'invalid', 'untracked']

/** `! --ctstate NEW,RELATED`; of translations, which iptables calls states as well, nothing is said. */
function statesIn(saved: string): Test[] {
  return [...saved.matchAll(/(! )?--(?:ct)?state (\S+)/g)].flatMap(([, not, list = '']): Test[] => {
    const values = list.toLowerCase().split(',')
    const isKnown = values.every((one) => STATES.includes(one))
    return isKnown ? [{ kind: 'state', values, isNot: not !== undefined }] : []
  })
}

/** The names of all sets in statements. */
const setsIn = (value: unknown): string[] => [
  ...new Set([...JSON.stringify(value).matchAll(/"@([^"]+)"/g)].map(([, name]) => name!)),
]

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The common elements of both sets of a name represent the whole set. */
function named(condition: Json): Json {
  const match = within(condition, 'match')
  const key = within(match, 'right')?.[COMMON]
  return typeof key === 'string'
    ? { match: { ...match, right: `@${key.split(' ').at(-1)}` } }
    : condition
}

/** Whether nft's JSON omits a part of the rule, as it does for xtables. */
export const isForeign = ({ statements, where }: ChainRule): boolean =>
  where.handle === undefined ||
  statements.some((one) => 'xt' in one && within(one, 'xt')?.name !== 'comment')
