/**
 * Splits the rules of a loaded ruleset into atoms: one for each element of the sets and maps that a
 * rule compares. Rulesets with the same meaning but other sets, more rules or verdict maps have the
 * same atoms.
 *
 *     tcp dport { 22, 80 } accept      ⇒  tcp dport 22 accept · tcp dport 80 accept
 *     tcp dport vmap { 25 : drop }     ⇒  tcp dport 25 drop
 */
import { bare } from '../nft/elements.ts'
import type { RulePlace } from '../nft/facts.ts'
import { isObject, type Json, listOf, textIn, within } from '../nft/json.ts'
import type { Rule } from '../nft/rule.ts'
import { type Ruleset, setKey } from '../nft/rules.ts'

export interface Atom {
  /** Matches, sorted by their text. */
  readonly conditions: readonly Json[]
  /** All statements of the rule besides matches, in order. */
  readonly acts: readonly Json[]
  readonly where: RulePlace
  /** The index of the rule in its chain. */
  readonly index: number
  /** The rule has no other atom. */
  readonly isWhole: boolean
}

/** A rule with more atoms than this is not split. */
const MOST_ATOMS = 4096

/** Statements with a counter or state across packets: a rule with one is not split. */
const REMEMBERS = new Set(['limit', 'quota', 'ct count', 'meter', 'set', 'map', 'synproxy', 'flow'])
/** Statements without any effect on the packet. */
const SILENT = new Set(['counter', 'log'])

/** In iptables, comments are matches and logs are targets. */
function isSilent(statement: Json): boolean {
  const name = textIn(within(statement, 'xt') ?? {}, 'name') ?? ''
  return SILENT.has(kindOf(statement)) || /^(?:comment|LOG|NFLOG|ULOG|TRACE)$/.test(name)
}

export interface Named {
  /** The elements of a set in the rule's table. Undefined if the set must not be split. */
  readonly elements: (key: string) => readonly unknown[] | undefined
}

export function atomsOf(rule: Rule, index: number, named: Named): Atom[] {
  const { where } = rule
  const own = (rule.listed ?? rule.statements).filter((statement) => !isSilent(statement))
  const whole: Atom = {
    conditions: conditionsIn(own),
    acts: own.filter((statement) => kindOf(statement) !== 'match'),
    where,
    index,
    isWhole: true,
  }
  if (!isTakenApart(own)) return [{ ...whole, acts: ordered(own), conditions: conditionsIn(own) }]
  let ways: Way[] = [{ conditions: [], acts: [] }]
  for (const statement of own) {
    const options = optionsOf(statement, (name) =>
      named.elements(setKey(where.family, where.table, name)),
    )
    if (ways.length * options.length > MOST_ATOMS) return [whole]
    ways = ways.flatMap((way) =>
      options.map(({ conditions, acts }) => ({
        conditions: [...way.conditions, ...conditions],
        acts: [...way.acts, ...acts],
      })),
    )
  }
  return ways.map((way) => ({
    conditions: sorted(way.conditions),
    acts: way.acts,
    where,
    index,
    isWhole: ways.length === 1,
  }))
}

const kindOf = (statement: Json): string => Object.keys(statement)[0] ?? ''

const conditionsIn = (statements: readonly Json[]): Json[] =>
  sorted(statements.filter((statement) => kindOf(statement) === 'match'))

const sorted = (conditions: readonly Json[]): Json[] =>
  conditions
    .map((one) => [JSON.stringify(one), one] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .filter(([text], i, all) => text !== all[i - 1]?.[0])
    .map(([, one]) => one)

/** In a rule that is not split, the order of matches and actions may matter, so it stays. */
const ordered = (statements: readonly Json[]): Json[] =>
  isInOrder(statements)
    ? statements.filter((statement) => kindOf(statement) !== 'match')
    : [...statements]

/** Whether all matches come before the first action. */
function isInOrder(statements: readonly Json[]): boolean {
  const first = statements.findIndex((statement) => kindOf(statement) !== 'match')
  return first < 0 || statements.slice(first).every((one) => kindOf(one) !== 'match')
}

const isTakenApart = (statements: readonly Json[]): boolean =>
  isInOrder(statements) &&
  !statements.some((one) => REMEMBERS.has(kindOf(one)) || kindOf(one) === 'xt' || goesByTurns(one))

const goesByTurns = (statement: Json): boolean =>
  /"(?:numgen|jhash|symhash|random)"/.test(JSON.stringify(statement))

interface Way {
  readonly conditions: readonly Json[]
  readonly acts: readonly Json[]
}

type ElementsOf = (name: string) => readonly unknown[] | undefined

function optionsOf(statement: Json, elements: ElementsOf): Way[] {
  const match = within(statement, 'match')
  if (match) return matchOptions(match, elements)
  const verdicts = within(statement, 'vmap')
  if (verdicts) return mapOptions(verdicts, elements, (value) => value) ?? asIs(statement)
  const found = firstMap(statement)
  if (!found) return asIs(statement)
  return mapOptions(found.map, elements, (value) => found.replaced(value)) ?? asIs(statement)
}

const asIs = (statement: Json): Way[] => [{ conditions: [], acts: [statement] }]

function matchOptions(match: Json, elements: ElementsOf): Way[] {
  const op = textIn(match, 'op') ?? '=='
  const same = [{ conditions: [{ match }], acts: [] }]
  if (op === 'in' && isState(match.left) && Array.isArray(match.right))
    return match.right.map((value) => equals(match.left, value))
  if (op === 'in' && isState(match.left) && typeof match.right === 'string')
    return [equals(match.left, match.right)]
  if (op.startsWith('!') && isState(match.left)) return otherStates(match, elements) ?? same
  if (op !== '==') return same
  const all = elementsIn(match.right, elements)
  if (!all || all.length === 0 || all.length > MOST_ATOMS) return same
  return all.map((element) => equals(match.left, bare(element)))
}

const STATES = ['new', 'established', 'related', 'invalid', 'untracked']

/** `ct state != established` is every other state, one by one. */
function otherStates({ left, right }: Json, elements: ElementsOf): Way[] | undefined {
  const named = (elementsIn(right, elements) ?? listOf(right)).map(bare)
  if (!named.every((one) => typeof one === 'string' && STATES.includes(one))) return undefined
  return STATES.filter((state) => !named.includes(state)).map((state) => equals(left, state))
}

const isState = (left: unknown): boolean => within(left, 'ct')?.key === 'state'

function elementsIn(right: unknown, elements: ElementsOf): readonly unknown[] | undefined {
  if (isObject(right) && 'set' in right) return listOf(right.set)
  return typeof right === 'string' && right.startsWith('@') ? elements(right.slice(1)) : undefined
}

/** One value of a field, or of each field of a concatenation. */
function equals(left: unknown, value: unknown): Way {
  const lefts = isObject(left) && Array.isArray(left.concat) ? left.concat : undefined
  const values = isObject(value) && Array.isArray(value.concat) ? value.concat : undefined
  if (!lefts || !values || lefts.length !== values.length)
    return { conditions: [{ match: { op: '==', left, right: value } }], acts: [] }
  return {
    conditions: lefts.map((one, i) => ({ match: { op: '==', left: one, right: values[i] } })),
    acts: [],
  }
}

function mapOptions(
  map: Json,
  elements: ElementsOf,
  act: (value: unknown) => unknown,
): Way[] | undefined {
  const all = elementsIn(map.data, elements)
  if (!all || all.length === 0 || all.length > MOST_ATOMS || !all.every(Array.isArray))
    return undefined
  return (all as readonly unknown[][]).map(([key, value]) => ({
    conditions: equals(map.key, bare(key)).conditions,
    acts: [act(value) as Json],
  }))
}

interface FoundMap {
  readonly map: Json
  readonly replaced: (value: unknown) => unknown
}

/** The first map in a statement. */
function firstMap(value: unknown): FoundMap | undefined {
  if (Array.isArray(value)) {
    for (const [i, inner] of value.entries()) {
      const found = firstMap(inner)
      if (found) return { map: found.map, replaced: (v) => value.with(i, found.replaced(v)) }
    }
    return undefined
  }
  if (!isObject(value)) return undefined
  const own = within(value, 'map')
  if (own && 'key' in own && 'data' in own) return { map: own, replaced: (v) => v }
  for (const [name, inner] of Object.entries(value)) {
    const found = firstMap(inner)
    if (found) return { map: found.map, replaced: (v) => ({ ...value, [name]: found.replaced(v) }) }
  }
  return undefined
}

/** Chains that an atom jumps or goes to. */
export const jumpTargetsOf = ({ acts }: Atom): string[] =>
  acts.flatMap((act) => {
    const target = textIn(within(act, 'jump') ?? within(act, 'goto') ?? {}, 'target')
    return target === undefined ? [] : [target]
  })

export const rulesetElements =
  ({ sets }: Ruleset) =>
  (key: string): readonly unknown[] | undefined =>
    sets.get(key)?.elements
