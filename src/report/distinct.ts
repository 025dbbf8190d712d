/** The same failure, found again from another address of one endpoint, is reported once. */
import type { Row, ScenarioResult, TableResult } from '../result/result.ts'
import { decidingStep, type WalkStep } from '../result/trace.ts'
import { isPlain } from './connections.ts'

/**
 * The tables to report for a given firewall. A table is left out if each of its failures already
 * appears in the plain table of its path.
 */
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

/** How many tables with failures only repeat failures of other tables. */
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

/** `, by tcp dport 443 accept (office.nft:12)`; empty if the rule's position is unknown. */
export function ruleWords({ evidence, observed }: Row): string {
  if (!evidence) return ''
  const step = decidingStep({ probe: '', steps: evidence.trace }, observed.kind === 'translated')
  if (!step?.at) return ''
  const what = step.rule ?? `${step.verdict} of chain ${step.chain}`
  return `, by ${what}${placeWords(step)}`
}

/** ` (office.nft:12)`; empty if the position is unknown. */
export const placeWords = ({ at }: WalkStep): string => (at ? ` (${at.file}:${at.line})` : '')
