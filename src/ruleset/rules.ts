/** A section of a policy → its rules: one for each kind of lines, with the counter and the lines that it comes from. */

import { PortSet } from '../net/port-set.ts'
import type { Clause } from '../policy/clause.ts'
import type { Section } from '../policy/egress/policy.ts'
import { comment } from '../quote/nft.ts'
import { blockingVerdict, rangeText } from './text.ts'

/** Which lines of a section a set or a rule is made of; a part of the set's name. */
export type Listed = 'deny' | 'allow' | 'default_deny'

/** Text that matches these numbers and ends with a space. */
export type Match = (numbers: PortSet, listed: Listed) => string

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
 * nothing can reach is left out. Two that end alike both stay: each counts for
 * lines of its own. `guard` is matched first by all of them.
 */
export function rulesFor(section: Section, match: Match, guard = ''): string[] {
  const { deny, allow, denyByDefault, otherwise } = section
  const { denied, allowed, defaults, rest } = decidedBy(section)
  const blocked = blockingVerdict(section.blocked)
  const steps = [
    { numbers: denied, listed: 'deny', verdict: blocked, clauses: deny },
    { numbers: allowed, listed: 'allow', verdict: 'accept', clauses: allow },
    { numbers: defaults, listed: 'default_deny', verdict: blocked, clauses: denyByDefault },
  ] as const
  const verdict = otherwise.treatment === 'allow' ? 'accept' : blocked
  const named = steps.filter(({ numbers }) => !numbers.isEmpty)
  const rules = named.map(({ numbers, listed, verdict, clauses }, i) => {
    const isLast = rest.isEmpty && i === named.length - 1
    return `${guard}${isLast ? '' : match(numbers, listed)}counter ${verdict}${origin(clauses)}`
  })
  return rest.isEmpty ? rules : [...rules, `${guard}counter ${verdict}${origin([otherwise])}`]
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
  const first = defaults.isEmpty
    ? []
    : [rule(match('default_deny', false, defaults), block, denyByDefault)]
  return { accepting, blocking: [...first, rule('', block, [otherwise])] }
}

const rule = (matching: string, verdict: string, clauses: readonly Clause[]): string =>
  `${matching}counter ${verdict}${origin(clauses)}`

/** Numbers as nft writes them in a rule: `8`, `{ 3, 11-12 }`. */
export function anonymous(numbers: PortSet): string {
  const elements = numbers.ranges.map(rangeText)
  return elements.length === 1 ? elements[0]! : `{ ${elements.join(', ')} }`
}

/** Unites halves recursively: one by one would take quadratic time. */
function numbersOf(clauses: readonly Clause[]): PortSet {
  if (clauses.length <= 1) return clauses[0]?.numbers ?? PortSet.empty
  const middle = clauses.length >>> 1
  return numbersOf(clauses.slice(0, middle)).union(numbersOf(clauses.slice(middle)))
}

/** The source of the rule: `zerops.yaml:12,14 allow SSH, allow HTTP`. */
function origin(clauses: readonly Clause[]): string {
  const sorted = clauses.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
  const lines = [...new Set(sorted.map((c) => c.at.line))].join(',')
  const labels = sorted.map((c) => c.label).join(', ')
  return comment(`${baseName(sorted[0]!.at.file)}:${lines} ${labels}`)
}

export function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}
