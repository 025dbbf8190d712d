/** An atom of a rule with all that is asked of it: what it tests, and what of it no probe is varied for. */
import type { Atom } from '../analysis/atoms.ts'
import { type Test, testsOf } from '../analysis/conditions.ts'
import { type NotVaried, notVariedIn } from '../analysis/not-varied.ts'
import type { ChainRule } from '../nft/chains.ts'
import type { RulePlace } from '../nft/facts.ts'
import { type Json, within } from '../nft/json.ts'
import { familyOf } from '../nft/rule-family.ts'
import { type Ruleset, setKey } from '../nft/rules.ts'
import { COMMON } from './common.ts'

export interface AskedAtom {
  readonly atom: Atom
  /** Its matches, so that nft can load them. */
  readonly matches: readonly Json[]
  readonly tests: readonly Test[]
  readonly notVaried: readonly NotVaried[]
  /** It cannot change what becomes of a packet. */
  readonly isIdle: boolean
  readonly actsKey: string
  /** As iptables-save writes it, where it is a rule of iptables. */
  readonly saved?: string
  /** nft's JSON does not tell all of the rule, and `saved` does where it is there. */
  readonly isForeign: boolean
}

/** `plain`: a statement as text, names of sets and objects replaced by their contents. */
export function asker(
  ruleset: Ruleset,
  plain: (where: RulePlace, statement: unknown) => string,
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
    // Only of the few that differ: sets may be large.
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
      // What xtables asks is in no match of nft's.
      const untold = foreign ? notVaried.filter(({ kind }) => kind === 'condition') : []
      const states = foreign && saved !== undefined ? statesIn(saved) : []
      const opaque = untold.map(({ what, key }): Test => ({ kind: 'opaque', what, key }))
      return { tests: [...tests, ...states, ...opaque], notVaried }
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

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Elements that both sets of a name have stand for the whole set. */
function named(condition: Json): Json {
  const match = within(condition, 'match')
  const key = within(match, 'right')?.[COMMON]
  return typeof key === 'string'
    ? { match: { ...match, right: `@${key.split(' ').at(-1)}` } }
    : condition
}

/** Whether nft's JSON leaves something of the rule untold: what belongs to xtables. */
export const isForeign = ({ statements, where }: ChainRule): boolean =>
  where.handle === undefined ||
  statements.some((one) => 'xt' in one && within(one, 'xt')?.name !== 'comment')
