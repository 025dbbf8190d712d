/**
 * Rules whose conditions no packet satisfied, because a path has more combinations of fields than a
 * run tries.
 */
import { atomsOf, rulesetElements } from '../analysis/atoms.ts'
import { FIELDS } from '../analysis/combinations.ts'
import { answerTo, type Test } from '../analysis/conditions.ts'
import type { VariedField } from '../analysis/field-values.ts'
import { ordinaryFields } from '../analysis/field-variation.ts'
import { hooksOf } from '../analysis/path-hooks.ts'
import { sideEffectFree } from '../analysis/side-effect-free.ts'
import { FIELD_WORDS } from '../analysis/untested.ts'
import { type AskedAtom, asker } from '../changed-rules/asked-atom.ts'
import { candidatesFor, type Links } from '../changed-rules/candidates.ts'
import type { Sent } from '../changed-rules/sent.ts'
import { Ways } from '../changed-rules/ways.ts'
import type { Inspection } from '../firewall/firewall.ts'
import type { LabZone } from '../lab/lab.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import { type Chains, chainsOf } from '../nft/chains.ts'
import type { Field, RulePlace } from '../nft/facts.ts'
import type { UntestedRule } from '../result/untested.ts'
import { MIRRORED } from './answers.ts'

/** The combinations of one path and protocol that were not tried. */
export interface CutPair {
  readonly path: { readonly from: string; readonly to: string }
  readonly family: Family
  readonly protocol: Protocol
  readonly cut: readonly CutFields[]
}

/** Fields that differ from the ordinary packet together. */
export interface CutFields {
  readonly fields: readonly VariedField[]
  /** As rules ask for them in the answers. */
  readonly isAnswered: boolean
}

interface Probed {
  readonly cut: readonly CutPair[]
  /** All planned sweeps of the family. */
  readonly sent: readonly Sent[]
  readonly links: Links
}

export const linksOf = (zones: readonly LabZone[]): Links =>
  new Map(zones.map(({ name, link }) => [name, link]))

/** At most this many conditions are looked up. Of any further ones, no packet counts as sent. */
const MOST_LOOKED_UP = 1024

export function cutRules(inspection: Inspection, probed: Probed): UntestedRule[] {
  if (probed.cut.length === 0) return []
  const chains = chainsOf(inspection)
  const atoms = atomsIn(chains)
  const ways = new Ways(chains, atoms)
  let lookedUp = 0
  const found = new Map<RulePlace, Set<string>>()
  for (const [key, own] of atoms)
    for (const asked of own) {
      if (asked.isIdle) continue
      const demands = ways.to(key).map(({ root, jumps }) => ({
        hook: root.base?.hook ?? '',
        tests: [...jumps, asked].flatMap(({ tests }) => tests),
      }))
      const words = new Set(demands.flatMap((demand) => cutWords(demand, probed) ?? []))
      if (words.size === 0) continue
      lookedUp += demands.length
      if (lookedUp <= MOST_LOOKED_UP && demands.some((demand) => isSent(demand, probed))) continue
      const { where } = asked.atom
      found.set(where, new Set([...(found.get(where) ?? []), ...words]))
    }
  return [...found].map(([where, what]) => ({ where, what: [...what] }))
}

function atomsIn({ chains, ruleset }: Chains): Map<string, AskedAtom[]> {
  const ask = asker(ruleset, { plain: (_, one) => JSON.stringify(one), settings: () => undefined })
  const isIdle = sideEffectFree([...chains.values()].flatMap(({ rules }) => rules))
  const elements = rulesetElements(ruleset)
  return new Map(
    [...chains].map(([key, { rules }]) => [
      key,
      rules.flatMap((rule, i) =>
        atomsOf(rule, i, { elements }).map((atom) => ask(atom, rule, isIdle(rule))),
      ),
    ]),
  )
}

/** The packets that satisfy a rule, from the hook on. */
interface Asked {
  readonly hook: string
  readonly tests: readonly Test[]
}

/** Undefined if no cut packet could satisfy it. */
function cutWords(asked: Asked, { cut, links }: Probed): string | undefined {
  const { tests } = asked
  const fields = new Set(tests.flatMap((test) => (test.kind === 'number' ? [test.field] : [])))
  const found = cut.flatMap((pair) =>
    pair.cut.flatMap(({ fields: varied, isAnswered }) => {
      const own = varied.flatMap((field) => askedAs(field, isAnswered))
      const isOfRule = own.length === varied.length && own.every((field) => fields.has(field))
      return isOfRule && mayPass(asked, { ...pair, links, isAnswered }) ? [own] : []
    }),
  )
  const most = found.toSorted((a, b) => b.length - a.length)[0]
  if (!most) return undefined
  const words = most.map((field) => FIELD_WORDS[field]).join(' and ')
  return most.length === 1 ? words : `combinations of ${words}`
}

interface Passing extends CutPair {
  readonly links: Links
  readonly isAnswered: boolean
}

/** Whether packets of the path, or the answers to them, come to the rule. */
function mayPass(
  { hook, tests }: Asked,
  { path, family, protocol, links, isAnswered }: Passing,
): boolean {
  if (!hooksOf(path, isAnswered).includes(hook)) return false
  const ends = isAnswered ? { from: path.to, to: path.from } : path
  const packet = { family, state: undefined, in: links.get(ends.from), out: links.get(ends.to) }
  const number = NUMBERS[protocol](family)
  const numbers = number === undefined ? {} : { protocol: number }
  return answerTo(tests, { ...packet, numbers }) !== 'no'
}

const NUMBERS: Readonly<Record<Protocol, (family: Family) => number | undefined>> = {
  tcp: () => 6,
  udp: () => 17,
  icmp: (family) => (family === 4 ? 1 : 58),
  ip: () => undefined,
}

/** The field of the rule that is compared with a field of the varied packet. */
function askedAs(field: VariedField, isAnswered: boolean): Field[] {
  const own = FIELDS[field]
  const asked = isAnswered ? MIRRORED[own] : own
  return asked ? [asked] : []
}

function isSent({ hook, tests }: Asked, { sent, links }: Probed): boolean {
  const own = tests.filter(isVaried)
  return sent.some((one) =>
    candidatesFor([withOrdinary(one)], { tests: own, hook, links }).some(
      ({ answer, isReply }) => answer === 'yes' || isReply,
    ),
  )
}

/** Every sweep has all requested ports and types, and other conditions are examined elsewhere. */
const isVaried = (test: Test): boolean =>
  test.kind === 'number'
    ? test.field !== 'destinationPort' && test.field !== 'icmpType'
    : test.kind === 'interface' || test.kind === 'family'

const withOrdinary = (one: Sent): Sent => ({
  ...one,
  packet: { ...ordinaryFields(one.protocol, one.family), ...one.packet },
})
