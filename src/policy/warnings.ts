/** What a policy file says twice, or in vain. */
import { PortSet } from '../ports.ts'
import type { Problem } from '../yaml/problem.ts'
import { inOrder } from '../yaml/problem.ts'
import type { Clause, Policy, Section } from './policy.ts'

export function warningsOf(policy: Policy): Problem[] {
  const sections = [policy.tcp, policy.udp, policy.icmp, policy.protocols]
  return inOrder(sections.flatMap(warningsOfSection))
}

function warningsOfSection(section: Section): Problem[] {
  return [
    ...repeats(section.allow),
    ...repeats(section.restrict),
    ...section.restrict.flatMap((clause) => voided(clause, section.allow)),
    ...unreached(section),
  ]
}

function repeats(clauses: readonly Clause[]): Problem[] {
  return clauses.flatMap((clause, i) =>
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
}

function voided(clause: Clause, allow: readonly Clause[]): Problem[] {
  const relevant = allow.filter((a) => a.family === clause.family || a.family === undefined)
  const open = relevant.reduce((all, a) => all.union(a.numbers), PortSet.empty)
  if (!clause.numbers.subtract(open).isEmpty) return []
  return [
    {
      at: clause.at,
      message: `"${clause.label}" restricts nothing: all of it is allowed, and allow beats restrict`,
    },
  ]
}

function unreached({ allow, restrict, otherwise }: Section): Problem[] {
  const named = [...allow, ...restrict]
    .filter((c) => c.family === undefined)
    .reduce((all, c) => all.union(c.numbers), PortSet.empty)
  if (!otherwise.numbers.subtract(named).isEmpty) return []
  return [
    {
      at: otherwise.at,
      message: `"${otherwise.label}" is never reached: the lines above it cover everything`,
    },
  ]
}
