/** Warnings about lines of a policy file that are repeated or have no effect. */

import type { Problem } from '../../input/problem.ts'
import { inOrder } from '../../input/problem.ts'
import type { PortSet } from '../../net/port-set.ts'
import type { Clause } from '../clause.ts'
import { hostWarnings } from './host-warnings.ts'
import { type EgressPolicy, linesOf, numbersNamedBy, type Section } from './policy.ts'

export function egressWarnings(policy: EgressPolicy): Problem[] {
  const sections = [policy.tcp, policy.udp, policy.icmp, policy.protocols]
  return inOrder([
    ...sections.flatMap((section) => warningsOfSection(towardsAll(section))),
    ...hostWarnings(policy, sections),
  ])
}

/** Without the lines about hosts. */
function towardsAll(section: Section): Section {
  const own = ({ to }: Clause): boolean => to === undefined
  const { allow, deny, denyByDefault } = section
  return {
    ...section,
    allow: allow.filter(own),
    deny: deny.filter(own),
    denyByDefault: denyByDefault.filter(own),
  }
}

/** At most this many lines of a list are compared, each with all lines before it. */
const COMPARED = 1000

function warningsOfSection(section: Section): Problem[] {
  const open = openBy(section.allow)
  return [
    ...repeats(section.allow),
    ...repeats(section.denyByDefault),
    ...repeats(section.deny),
    ...section.denyByDefault.flatMap((clause) => voided(clause, open)),
    ...[...section.allow, ...section.denyByDefault].flatMap((clause) => denied(clause, section)),
    ...unreached(section),
  ]
}

function repeats(clauses: readonly Clause[]): Problem[] {
  const left = clauses[COMPARED]
  const uncompared: Problem[] = left
    ? [
        {
          at: left.at,
          message: `repetitions are not searched from this line on: the list has more than ${COMPARED} lines`,
        },
      ]
    : []
  const found = clauses.slice(0, COMPARED).flatMap((clause, i) =>
    clauses.slice(0, i).flatMap((earlier) => {
      const shared = clause.numbers.intersect(earlier.numbers)
      if (shared.isEmpty || clause.family !== earlier.family) return []
      const same = clause.numbers.equals(earlier.numbers)
      const what = same ? 'is a duplicate of' : `overlaps in ${shared} with`
      return [
        {
          at: clause.at,
          message: `"${clause.label}" ${what} "${earlier.label}" in line ${earlier.at.line}`,
        },
      ]
    }),
  )
  return [...found, ...uncompared]
}

/**
 * The numbers that are allowed in one family, or in both if the protocol does not depend on the
 * family.
 */
function openBy(allow: readonly Clause[]): (family: Clause['family']) => PortSet {
  const sets = new Map(
    ([4, 6, undefined] as const).map((family) => {
      const relevant = allow.filter((a) => a.family === family || a.family === undefined)
      return [family, numbersNamedBy(relevant)] as const
    }),
  )
  return (family) => sets.get(family)!
}

function voided(clause: Clause, open: ReturnType<typeof openBy>): Problem[] {
  if (!clause.numbers.subtract(open(clause.family)).isEmpty) return []
  return [
    {
      at: clause.at,
      message: `"${clause.label}" denies nothing: all of it is allowed, and allow beats a deny with "unless: allowed"`,
    },
  ]
}

/** A line of which an explicit deny leaves nothing. */
function denied(clause: Clause, { deny }: Section): Problem[] {
  const relevant = deny.filter(({ family }) => family === clause.family || family === undefined)
  if (relevant.length === 0 || !clause.numbers.subtract(numbersNamedBy(relevant)).isEmpty) return []
  const lines = relevant
    .filter(({ numbers }) => !numbers.intersect(clause.numbers).isEmpty)
    .map(({ at }) => at.line)
  return [
    {
      at: clause.at,
      message: `"${clause.label}" decides nothing: line ${[...new Set(lines)].join(', ')} denies all of it`,
    },
  ]
}

function unreached(section: Section): Problem[] {
  const { otherwise } = section
  const named = numbersNamedBy(linesOf(section).filter((c) => c.family === undefined))
  if (!otherwise.numbers.subtract(named).isEmpty) return []
  return [
    {
      at: otherwise.at,
      message: `"${otherwise.label}" is never reached: the lines above it cover everything`,
    },
  ]
}
