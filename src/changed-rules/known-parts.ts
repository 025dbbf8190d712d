/**
 * Parts of a differing rule that no probe varies, and that both rulesets apply to the same packets:
 * then the difference lies in the other parts. The same limit at a rule for other packets proves
 * nothing.
 */
import { areDisjoint, type Test } from '../analysis/conditions.ts'
import { implies } from '../analysis/implied.ts'
import type { NotVaried } from '../analysis/not-varied.ts'
import { type Interval, subtract } from '../net/interval-set.ts'
import { type Demand, jumpsOf } from './demands.ts'

export type IsKnown = (own: readonly Demand[], part: NotVaried) => boolean

/** `others`: the demands of all differences of the other side. */
export function knownParts(others: readonly Demand[]): IsKnown {
  const having = new Map<string, Demand[]>()
  const keys = new Map(others.map((one) => [one, new Set(partsOf(one).map(({ key }) => key))]))
  for (const [one, own] of keys)
    for (const key of own) {
      const known = having.get(key)
      if (known) known.push(one)
      else having.set(key, [one])
    }
  const isKnownAt = (demand: Demand, { key, kind }: NotVaried): boolean => {
    const partners = (having.get(key) ?? []).filter((one) => isAlike(one, demand))
    if (partners.length === 0 || partners.length > MOST_PARTNERS) return false
    const isMet =
      // Two rules with one limit each let more pass than one rule with this limit.
      kind === 'memory'
        ? partners.some((one) => covers([one], demand) && covers([demand], one))
        : covers(partners, demand)
    return isMet && !others.some((one) => !keys.get(one)!.has(key) && decides(one, demand))
  }
  return (own, part) => own.length > 0 && own.every((demand) => isKnownAt(demand, part))
}

/** Beyond this many, a part counts as unknown. Only generated rulesets have more. */
const MOST_PARTNERS = 4096

const partsOf = ({ rules }: Demand): readonly NotVaried[] =>
  rules.flatMap(({ notVaried }) => notVaried)

/** They are at the same hook, and each condition of the first that no probe varies is the second's. */
function isAlike(one: Demand, demand: Demand): boolean {
  if (one.root.base?.hook !== demand.root.base?.hook) return false
  const own = new Set(partsOf(demand).map(({ key }) => key))
  return partsOf(one).every(({ key, kind }) => kind !== 'condition' || own.has(key))
}

/** A rule without the part that takes some of the same packets. A jump alone decides nothing. */
function decides(one: Demand, demand: Demand): boolean {
  const last = one.rules.at(-1)
  if (last && jumpsOf(last).length > 0) return false
  return one.root.base?.hook === demand.root.base?.hook && !areDisjoint(one.tests, demand.tests)
}

/** Whether every packet of the demand satisfies the varied conditions of one of these. */
function covers(all: readonly Demand[], { tests }: Demand): boolean {
  if (all.some((one) => lackOf(one, tests).length === 0)) return true
  const fields = new Set(tests.flatMap((one) => (isPlain(one) ? [one.field] : [])))
  return [...fields].some((field) => {
    const parts = all.flatMap((one) => {
      const lack = lackOf(one, tests)
      return lack.every((test) => isPlain(test) && test.field === field) && lack.length === 1
        ? (lack as PlainTest[])
        : []
    })
    const wanted = tests.find((one): one is PlainTest => isPlain(one) && one.field === field)!
    const left = parts.reduce(
      (rest: readonly Interval[], { intervals }) => subtract(rest, intervals),
      wanted.intervals,
    )
    return left.length === 0
  })
}

type PlainTest = Extract<Test, { kind: 'number' }>

const isPlain = (test: Test): test is PlainTest =>
  test.kind === 'number' && test.mask === undefined && !test.isNot

/** The tests of the first that packets with these tests may fail. */
const lackOf = (one: Demand, tests: readonly Test[]): Test[] =>
  one.tests.filter((test) => test.kind !== 'opaque' && !tests.some((own) => implies(own, test)))
