/**
 * A section of a policy → its rules: one for each treatment, with a counter and the policy lines
 * that it comes from.
 */

import { PortSet } from '../net/port-set.ts'
import type { Blocking, Clause, Treatment } from '../policy/clause.ts'
import type { Section } from '../policy/egress/policy.ts'
import { comment } from '../quote/nft.ts'
import { rangeText } from './text.ts'

/** Text that matches these numbers and ends with a space. */
export type Match = (numbers: PortSet, treatment: Treatment) => string

/**
 * At most one rule each for allow, restrict and otherwise. Unreachable rules are left out. Two
 * rules with the same verdict both stay, because each counts for its own lines. `guard` comes first
 * in all of them.
 */
export function rulesFor(section: Section, match: Match, guard = ''): string[] {
  const { allow, restrict, otherwise } = section
  const [accept, blocked] = ['accept', blocking(section.blocked)]
  const rule = (matching: string, verdict: string, clauses: readonly Clause[]): string =>
    `${guard}${matching}counter ${verdict}${origin(clauses)}`

  const allowed = numbersOf(allow)
  const restricted = numbersOf(restrict).subtract(allowed)
  const notAllowed = otherwise.numbers.subtract(allowed)
  if (notAllowed.isEmpty) return [rule('', accept, allow)]

  const first = allowed.isEmpty ? [] : [rule(match(allowed, 'allow'), accept, allow)]
  if (notAllowed.subtract(restricted).isEmpty) return [...first, rule('', blocked, restrict)]
  const second = restricted.isEmpty ? [] : [rule(match(restricted, 'restrict'), blocked, restrict)]
  const verdict = otherwise.treatment === 'allow' ? accept : blocked
  return [...first, ...second, rule('', verdict, [otherwise])]
}

/** Text that matches the numbers of a treatment, or all others, and ends with a space. */
export type SetMatch = (treatment: Treatment, negated: boolean, numbers: PortSet) => string

/**
 * The accepting rules of a section, then the blocking ones, so that rules for grants can be
 * inserted between them. Without blocking rules if everything is accepted.
 */
export function portRules(
  section: Section,
  match: SetMatch,
): { readonly accepting: readonly string[]; readonly blocking: readonly string[] } {
  const { allow, restrict, otherwise } = section
  const rule = (matching: string, verdict: string, clauses: readonly Clause[]): string =>
    `${matching}counter ${verdict}${origin(clauses)}`
  const allowed = numbersOf(allow)
  const restricted = numbersOf(restrict).subtract(allowed)
  const rest = otherwise.numbers.subtract(allowed).subtract(restricted)
  if (restricted.isEmpty && rest.isEmpty)
    return { accepting: [rule('', 'accept', allow)], blocking: [] }

  const accepting = allowed.isEmpty ? [] : [rule(match('allow', false, allowed), 'accept', allow)]
  const block = blocking(section.blocked)
  if (rest.isEmpty) return { accepting, blocking: [rule('', block, restrict)] }
  if (otherwise.treatment === 'allow') {
    const all = restricted.isEmpty ? '' : match('restrict', true, restricted)
    accepting.push(rule(all, 'accept', [otherwise]))
    return { accepting, blocking: restricted.isEmpty ? [] : [rule('', block, restrict)] }
  }
  const first = restricted.isEmpty
    ? []
    : [rule(match('restrict', false, restricted), block, restrict)]
  return { accepting, blocking: [...first, rule('', block, [otherwise])] }
}

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

function blocking(by: Blocking): string {
  switch (by) {
    case 'drop':
      return 'drop'
    case 'tcp-reset':
      return 'reject with tcp reset'
    case 'port-unreachable':
    case 'host-unreachable':
    case 'no-route':
    case 'admin-prohibited':
      return `reject with icmpx type ${by}`
    default:
      throw new Error(`unknown way to block: ${by satisfies never}`)
  }
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
