/** Parts of a policy's sections: what one rule or chain is about. */

import { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'
import type { Clause } from '../policy/clause.ts'
import type { Section } from '../policy/egress/policy.ts'

/** Other numbers only: these are decided elsewhere. */
export function without(section: Section, ...decided: readonly number[]): Section {
  const gone = PortSet.of(...decided)
  const rest = (clause: Clause): Clause => ({ ...clause, numbers: clause.numbers.subtract(gone) })
  const some = (clauses: readonly Clause[]): Clause[] =>
    clauses.map(rest).filter((clause) => !clause.numbers.isEmpty)
  const { deny, allow, denyByDefault, otherwise } = section
  return {
    ...section,
    deny: some(deny),
    allow: some(allow),
    denyByDefault: some(denyByDefault),
    otherwise: rest(otherwise),
  }
}

/** Without the lines for the other family. */
export function forFamily(section: Section, family: Family): Section {
  const own = ({ family: f }: Clause): boolean => f === undefined || f === family
  return {
    ...section,
    deny: section.deny.filter(own),
    allow: section.allow.filter(own),
    denyByDefault: section.denyByDefault.filter(own),
  }
}

/** The section for one protocol number: a single line decides. */
export function forNumber(section: Section, number: number): Section {
  const { deny, allow, denyByDefault, otherwise } = section
  const decides = [...deny, ...allow, ...denyByDefault, otherwise].find((c) =>
    c.numbers.has(number),
  )!
  return { ...section, deny: [], allow: [], denyByDefault: [], otherwise: decides }
}
