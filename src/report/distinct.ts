/** The same thing found again from another address of the same end is told once. */
import type { Row, ScenarioResult, TableResult } from '../result/result.ts'
import { decidingStep, type WalkStep } from '../result/trace.ts'
import { isPlain } from './connections.ts'

/** Of a given firewall: tables, without those in which nothing is wrong that is not wrong in the plain one of their path as well. */
export function distinctTables({
  tables,
  notes,
}: Pick<ScenarioResult, 'tables' | 'notes'>): readonly TableResult[] {
  if (!notes) return tables
  const plain = tables.filter(isPlain)
  const told = new Set(plain.flatMap((table) => wrongIn(table).map((row) => rowKey(table, row))))
  return tables.filter((table) => {
    if (isPlain(table)) return true
    const fresh = wrongIn(table).filter((row) => !told.has(rowKey(table, row)))
    for (const row of fresh) told.add(rowKey(table, row))
    return fresh.length > 0 || Object.keys(table.losses).length > 0
  })
}

/** How many tables tell nothing but what others tell. */
export function repeatedIn(scenario: Pick<ScenarioResult, 'tables' | 'notes'>): number {
  const distinct = new Set(distinctTables(scenario))
  return scenario.tables.filter((table) => wrongIn(table).length > 0 && !distinct.has(table)).length
}

const wrongIn = ({ rows }: TableResult): Row[] =>
  rows.filter(({ verdict }) => verdict !== 'conforms')

function rowKey({ from, to, family, protocol }: TableResult, row: Row): string {
  return JSON.stringify([
    from,
    to,
    family,
    protocol,
    row.from,
    row.expected.verdict,
    row.observed.kind,
  ])
}

/** `, by tcp dport 443 accept (office.nft:12)`; empty where it is not known where the rule stands. */
export function ruleWords({ evidence, observed }: Row): string {
  if (!evidence) return ''
  const step = decidingStep({ probe: '', steps: evidence.trace }, observed.kind === 'translated')
  if (!step?.at) return ''
  const what = step.rule ?? `${step.verdict} of chain ${step.chain}`
  return `, by ${what}${placeWords(step)}`
}

/** ` (office.nft:12)`; empty where it is not known. */
export const placeWords = ({ at }: WalkStep): string => (at ? ` (${at.file}:${at.line})` : '')
