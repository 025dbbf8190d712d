/** Warnings about the hosts of an egress policy: those that no line names, and lines without effect. */
import type { Problem } from '../../input/problem.ts'
import { quoted } from '../../input/quoted.ts'
import { PortSet } from '../../net/port-set.ts'
import type { Clause } from '../clause.ts'
import { type EgressPolicy, linesOf, type Section } from './policy.ts'

export function hostWarnings(policy: EgressPolicy, sections: readonly Section[]): Problem[] {
  return [...unmentioned(policy, sections), ...sections.flatMap(withoutEffect)]
}

function unmentioned({ hosts, firewall }: EgressPolicy, sections: readonly Section[]): Problem[] {
  const named = new Set([
    ...sections.flatMap(linesOf).flatMap(({ to }) => to ?? []),
    ...(firewall?.statements ?? []).flatMap(({ from, to }) => [...from, ...to]),
  ])
  return hosts
    .filter(({ name }) => !named.has(name))
    .map(({ name, at }) => ({
      at,
      message: `host ${quoted(name)} is in no line: it has no effect`,
    }))
}

/** At most this many lines about hosts are compared, each with all lines of its section. */
const COMPARED = 300

function withoutEffect(section: Section): Problem[] {
  return linesOf(section)
    .filter(({ to }) => to !== undefined)
    .slice(0, COMPARED)
    .flatMap((line) => {
      const why = reasonOf(line, section)
      return why === undefined ? [] : [{ at: line.at, message: `"${line.label}" ${why}` }]
    })
}

/** Why a line has no effect; undefined if it has one. */
function reasonOf(line: Clause, section: Section): string | undefined {
  const { allow, deny, denyByDefault } = section
  const own = [deny, allow, denyByDefault].find((list) => list.includes(line))!
  if (own !== deny && coveredBy(line, deny)) return 'decides nothing: all of it is denied'
  if (own === denyByDefault && coveredBy(line, allow))
    return 'denies nothing: all of it is allowed, and allow beats a deny with "unless: allowed"'
  return coveredBy(line, before(own, line))
    ? 'adds nothing: other lines already say this'
    : undefined
}

/** Those above it, and those that are about every address. */
const before = (lines: readonly Clause[], line: Clause): Clause[] =>
  lines.filter((one, i) => one !== line && (one.to === undefined || i < lines.indexOf(line)))

/** Towards each of its hosts, others decide all its numbers. */
function coveredBy({ to = [], numbers, family }: Clause, others: readonly Clause[]): boolean {
  return to.every((host) => {
    const own = others.filter(
      (one) =>
        (one.to?.includes(host) ?? true) && (one.family === undefined || one.family === family),
    )
    const all = own.reduce((sum, one) => sum.union(one.numbers), PortSet.empty)
    return numbers.subtract(all).isEmpty
  })
}
