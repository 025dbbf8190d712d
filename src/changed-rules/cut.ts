/**
 * Whether the budget cut packets that could pass the rule that shadowed a difference. A rule that
 * decided one probe need not decide every packet that satisfies the difference.
 */
import { areDisjoint, type Test, testsOf } from '../analysis/conditions.ts'
import { areImplied } from '../analysis/implied.ts'
import { targetsIn } from '../analysis/jump-targets.ts'
import type { Field } from '../nft/facts.ts'
import { within } from '../nft/json.ts'
import type { Ruleset } from '../nft/rules.ts'
import type { TraceStep } from '../result/trace.ts'
import type { AskedAtom } from './asked-atom.ts'
import type { Demand } from './demands.ts'
import type { Sent } from './sent.ts'

type Atoms = ReadonlyMap<string, readonly AskedAtom[]>

/** The side that has the demand. */
interface Own {
  readonly atoms: Atoms
  readonly ruleset: Ruleset
}

/** Why it is not proved that earlier rules decide every packet. */
export const CUT = 'the budget cut packets that the rule before it may not decide'

/** `sent`: the sweeps that have packets for the demand. */
export function isCutBehind(
  demand: Demand,
  by: TraceStep,
  sent: readonly Sent[],
  own: Own,
): boolean {
  const cut = new Set(sent.flatMap(({ cut: fields = [] }) => fields))
  if (cut.size === 0 || decidesAll(demand, by, own.atoms)) return false
  const fields = fieldsBefore(demand, by, own)
  return [...cut].some((combined) => combined.every((field) => fields.has(field)))
}

/** Whether the conditions of the deciding rule follow from those of the demand. */
function decidesAll({ tests }: Demand, by: TraceStep, atoms: Atoms): boolean {
  const isLegacy = by.family?.startsWith('legacy ') ?? false
  const own = (atoms.get(stepKey(by)) ?? []).filter(
    ({ atom: { where, index } }) => (isLegacy ? index + 1 : where.handle) === by.handle,
  )
  return own.some((asked) => isToldWhole(asked) && areImplied(asked.tests, tests))
}

/** The tests of a concatenation, and of some settled conditions, say less than the rule. */
function isToldWhole({ matches, notVaried }: AskedAtom): boolean {
  const isWhole = matches.every((one) => {
    const match = within(one, 'match')
    if (!match || within(match, 'left')?.concat !== undefined) return false
    return testsOf(match, undefined, () => []).length > 0
  })
  return isWhole && !notVaried.some(({ kind }) => kind === 'memory')
}

/** What the demand asks, and what is asked before it of the same packets. */
function fieldsBefore(demand: Demand, by: TraceStep, { atoms, ruleset }: Own): Set<Field> {
  const targets = targetsIn(ruleset)
  const fields = new Set(fieldsOf(demand.tests))
  const seen = new Set<string>()
  const look = (key: string, before: number): void => {
    if (seen.has(key)) return
    seen.add(key)
    for (const asked of atoms.get(key) ?? []) {
      if (asked.atom.index >= before || areDisjoint(asked.tests, demand.tests)) continue
      for (const field of fieldsOf(asked.tests)) fields.add(field)
      const { where, acts } = asked.atom
      for (const target of targets({ where, statements: acts }))
        look(keyOf(asked, target), Infinity)
    }
  }
  for (const asked of demand.rules) look(keyOf(asked, asked.atom.where.chain), asked.atom.index)
  look(stepKey(by), Infinity)
  return fields
}

const stepKey = ({ family, table, chain }: TraceStep): string => `${family} ${table} ${chain}`

function keyOf({ atom }: AskedAtom, chain: string): string {
  const { family, table, handle } = atom.where
  return `${handle === undefined ? 'legacy ' : ''}${family} ${table} ${chain}`
}

const fieldsOf = (tests: readonly Test[]): Field[] =>
  tests.flatMap((test) => (test.kind === 'number' ? [test.field] : []))
