/** The same failure, found again from another address of one endpoint, is reported once. */
import type { Row, ScenarioResult, TableResult } from '../result/result.ts'
import { decidingStep, type WalkStep } from '../result/trace.ts'
import { isPlain } from './connections.ts'

/**
 * The tables to report. A table is left out if each of its failures already appears in the plain
 * table of its path: for a given firewall whatever the addresses of the probes, for a scenario with
 * sweeps of its own only if nothing but the source port differs.
 */
export function distinctTables({
  tables,
  notes,
}: Pick<ScenarioResult, 'tables' | 'notes'>): readonly TableResult[] {
  const isFirst = notes ? isPlain : hasUsualSourcePort
  const keyOf = notes ? rowKey : sweepRowKey
  const first = tables.filter(isFirst)
  const told = new Set(first.flatMap((table) => wrongIn(table).map((row) => keyOf(table, row))))
  return tables.filter((table) => {
    const wrong = wrongIn(table)
    if (isFirst(table) || (!notes && wrong.length === 0)) return true
    const fresh = wrong.filter((row) => !told.has(keyOf(table, row)))
    for (const row of fresh) told.add(keyOf(table, row))
    return fresh.length > 0 || hasLosses(table)
  })
}

/** Sweeps of a scenario that only vary the source port of another one, and find nothing. */
export function isQuietVariant(table: TableResult, tables: readonly TableResult[]): boolean {
  if (hasUsualSourcePort(table) || wrongIn(table).length > 0 || hasLosses(table)) return false
  return tables.some((one) => hasUsualSourcePort(one) && sweepKey(one) === sweepKey(table))
}

const hasUsualSourcePort = ({ sourcePort }: TableResult): boolean => sourcePort === undefined

const hasLosses = ({ losses }: TableResult): boolean => Object.keys(losses).length > 0

/** How many tables with failures only repeat failures of other tables. */
export function repeatedIn(scenario: Pick<ScenarioResult, 'tables' | 'notes'>): number {
  const distinct = new Set(distinctTables(scenario))
  return scenario.tables.filter((table) => wrongIn(table).length > 0 && !distinct.has(table)).length
}

const wrongIn = ({ rows }: TableResult): Row[] =>
  rows.filter(({ verdict }) => verdict !== 'conforms')

const sweepKey = ({ from, to, as, destination, after, family, protocol }: TableResult): string =>
  JSON.stringify([from, to, as, destination, after, family, protocol])

const rowPart = ({ from, expected, observed }: Row): string =>
  JSON.stringify([from, expected.verdict, observed.kind])

const sweepRowKey = (table: TableResult, row: Row): string => sweepKey(table) + rowPart(row)

const rowKey = ({ from, to, family, protocol }: TableResult, row: Row): string =>
  JSON.stringify([from, to, family, protocol]) + rowPart(row)

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
