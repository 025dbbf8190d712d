/** A section of an egress policy → its rules: one for each kind of lines, with the counter and the lines that it comes from. */

import { PortSet } from '../net/port-set.ts'
import type { Clause } from '../policy/clause.ts'
import type { Section } from '../policy/egress/policy.ts'
import { origin } from './origin.ts'
import { blockingVerdict } from './text.ts'

/** Which lines of a section a set or a rule is made of; a part of the set's name. */
export type Listed = 'deny' | 'allow' | 'default_deny'

/** Text that matches these numbers and ends with a space. */
export type Match = (numbers: PortSet) => string

/** What each kind of lines decides, after those that beat it. */
interface Decided {
  readonly denied: PortSet
  readonly allowed: PortSet
  readonly defaults: PortSet
  readonly rest: PortSet
}

function decidedBy({ deny, allow, denyByDefault, otherwise }: Section): Decided {
  const denied = numbersOf(deny)
  const allowed = numbersOf(allow).subtract(denied)
  const defaults = numbersOf(denyByDefault).subtract(allowed).subtract(denied)
  const rest = otherwise.numbers.subtract(denied).subtract(allowed).subtract(defaults)
  return { denied, allowed, defaults, rest }
}

/**
 * At most one rule for deny, allow, deny by default and otherwise each; what
 * nothing can reach is left out. All that is denied by default is one rule. Other
 * rules that end alike stay: each counts for lines of its own. `guard` is matched
 * first by all of them; `whole` stands in the last one instead of numbers. The
 * numbers are those of the file, because the rules before take what beats them.
 */
export function rulesFor(section: Section, match: Match, guard = '', whole = ''): string[] {
  const { deny, allow, denyByDefault, otherwise } = section
  const { denied, allowed, defaults, rest } = decidedBy(section)
  const blocked = blockingVerdict(section.blocked)
  const isOne = otherwise.treatment === 'deny' && !rest.isEmpty
  const steps = [
    { numbers: denied, verdict: blocked, clauses: deny },
    { numbers: allowed, verdict: 'accept', clauses: allow },
    { numbers: isOne ? PortSet.empty : defaults, verdict: blocked, clauses: denyByDefault },
    {
      numbers: rest,
      verdict: otherwise.treatment === 'allow' ? 'accept' : blocked,
      clauses: isOne ? lastOf(denyByDefault, otherwise, defaults) : [otherwise],
    },
  ].filter(({ numbers }) => !numbers.isEmpty)
  return steps.map(({ verdict, clauses }, i) => {
    const matching = i === steps.length - 1 ? whole : match(numbersOf(clauses))
    return rule(`${guard}${matching}`, verdict, clauses)
  })
}

/** Text that matches the numbers of a set, or all others, and ends with a space. */
export type SetMatch = (listed: Listed, negated: boolean, numbers: PortSet) => string

interface PortRules {
  /** Ports that no grant opens. These rules come first. */
  readonly denying: readonly string[]
  readonly accepting: readonly string[]
  readonly blocking: readonly string[]
}

/**
 * A section's rules with all that accept before all that block by default, so
 * that what may open more stands between. Nothing blocks where everything is
 * decided before.
 */
export function portRules(section: Section, match: SetMatch): PortRules {
  const { denied, allowed, defaults, rest } = decidedBy(section)
  const block = blockingVerdict(section.blocked)
  const isOpen = allowed.isEmpty && defaults.isEmpty && rest.isEmpty
  const denying = denied.isEmpty
    ? []
    : [rule(isOpen ? '' : match('deny', false, denied), block, section.deny)]
  if (isOpen) return { denying, accepting: [], blocking: [] }
  if (defaults.isEmpty && rest.isEmpty)
    return { denying, accepting: [rule('', 'accept', section.allow)], blocking: [] }
  const accepting = allowed.isEmpty
    ? []
    : [rule(match('allow', false, allowed), 'accept', section.allow)]
  return { denying, ...defaultRules(section, match, { accepting, defaults, rest }) }
}

/** Ports that no deny line and no allow line decides. */
function defaultRules(
  { denyByDefault, otherwise, blocked }: Section,
  match: SetMatch,
  before: Pick<Decided, 'defaults' | 'rest'> & { readonly accepting: readonly string[] },
): Omit<PortRules, 'denying'> {
  const { accepting, defaults, rest } = before
  const block = blockingVerdict(blocked)
  if (rest.isEmpty) return { accepting, blocking: [rule('', block, denyByDefault)] }
  if (otherwise.treatment === 'allow') {
    const others = defaults.isEmpty ? '' : match('default_deny', true, defaults)
    return {
      accepting: [...accepting, rule(others, 'accept', [otherwise])],
      blocking: defaults.isEmpty ? [] : [rule('', block, denyByDefault)],
    }
  }
  return { accepting, blocking: [rule('', block, lastOf(denyByDefault, otherwise, defaults))] }
}

/** One rule for all that is denied by default: the ports that lines name, and all others. */
function lastOf(named: readonly Clause[], otherwise: Clause, defaults: PortSet): Clause[] {
  return defaults.isEmpty ? [otherwise] : [...named, otherwise]
}

const rule = (matching: string, verdict: string, clauses: readonly Clause[]): string =>
  `${matching}counter ${verdict}${origin(clauses)}`

/** Unites halves recursively: one by one would take quadratic time. */
function numbersOf(clauses: readonly Clause[]): PortSet {
  if (clauses.length <= 1) return clauses[0]?.numbers ?? PortSet.empty
  const middle = clauses.length >>> 1
  return numbersOf(clauses.slice(0, middle)).union(numbersOf(clauses.slice(middle)))
}

/**
 * The numbers that a section opens and those that it blocks, without any grant, and the lines that
 * block some.
 */
export function outcomeOf(section: Section): {
  readonly open: PortSet
  readonly blocked: PortSet
  readonly blocking: readonly Clause[]
} {
  const { deny, denyByDefault, otherwise } = section
  const { denied, allowed, defaults, rest } = decidedBy(section)
  const restBlocks = otherwise.treatment === 'deny' && !rest.isEmpty
  return {
    open: restBlocks ? allowed : allowed.union(rest),
    blocked: denied.union(defaults).union(restBlocks ? rest : PortSet.empty),
    blocking: [
      ...deny,
      ...(defaults.isEmpty ? [] : denyByDefault),
      ...(restBlocks ? [otherwise] : []),
    ],
  }
}
