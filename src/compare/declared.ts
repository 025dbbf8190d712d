/**
 * Compares the changes with the declared ones: which were declared, and which declared ones are
 * missing.
 */
import type { Prefix } from '../net/address.ts'
import { PortSet, type Range } from '../net/port-set.ts'
import { overlaps } from '../net/prefix.ts'
import type { Family } from '../net/protocol.ts'
import { type ChangeRow, type DiffTable, isAboutFlows, type Missing } from '../result/diff.ts'
import type { Declared, Delta } from './delta.ts'

export interface ProbedTable {
  readonly table: DiffTable
  readonly probed: PortSet
}

export interface Held {
  /** Rows that are declared in part are split. */
  readonly tables: readonly DiffTable[]
  readonly missing: readonly Missing[]
}

/**
 * A change is declared if an entry names it. An entry is missing if its numbers did not change.
 * Without source and target, it needs the change in the ordinary combination of each path that it
 * names. With them, it needs the change in every combination whose addresses they contain. An entry
 * that names no zone on one side needs one path only.
 */
export function holdAgainst(delta: Delta, probed: readonly ProbedTable[]): Held {
  return {
    tables: probed.map(({ table }) => ({
      ...table,
      changes: table.changes.flatMap((row) => split(row, declaredOf(delta, table, row))),
    })),
    missing: delta.flatMap((entry) => missingOf(entry, probed)),
  }
}

function declaredOf(delta: Delta, table: DiffTable, row: ChangeRow): PortSet {
  const own = delta.filter((entry) => isOfKind(entry, table, row) && admits(entry, table))
  return own.reduce((all, { numbers }) => all.union(numbers), PortSet.empty)
}

/**
 * An opened port also accepts packets with a spoofed source address, whose answers go elsewhere.
 */
function isOfKind(entry: Declared, table: DiffTable, { kind, before }: ChangeRow): boolean {
  if (entry.kind === kind) return true
  const wasBlocked = before.kind === 'dropped' || before.kind === 'rejected'
  return entry.kind === 'opened' && kind === 'one-way' && wasBlocked && !table.ordinary
}

function split(row: ChangeRow, declared: PortSet): ChangeRow[] {
  const all = PortSet.of(row)
  const parts = (numbers: PortSet, is: boolean) =>
    numbers.ranges.map((range) => ({ ...withEvidence(row, range), ...range, declared: is }))
  return [...parts(all.intersect(declared), true), ...parts(all.subtract(declared), false)].sort(
    (a, b) => a.from - b.from,
  )
}

/** The traced number stays with its own part. */
function withEvidence({ evidence, ...row }: ChangeRow, { from, to }: Range): ChangeRow {
  const inside = evidence && from <= evidence.number && evidence.number <= to
  return inside ? { ...row, evidence } : row
}

function admits(entry: Declared, table: DiffTable): boolean {
  return (
    entry.protocol === table.protocol &&
    entry.families.includes(table.family) &&
    (entry.from?.includes(table.from) ?? true) &&
    (entry.to?.includes(table.to) ?? true) &&
    isWithin(table.packet.source, table.family, entry.source) &&
    isWithin(table.packet.target, table.family, entry.target)
  )
}

function isWithin(address: string, family: Family, prefixes: readonly Prefix[] | undefined) {
  if (!prefixes) return true
  const one = { family, address, prefixLength: family === 4 ? 32 : 128 }
  return prefixes.some((prefix) => prefix.family === family && overlaps(prefix, one))
}

function missingOf(entry: Declared, probed: readonly ProbedTable[]): Missing[] {
  const particular = entry.source !== undefined || entry.target !== undefined
  const own = probed.filter(
    ({ table }) =>
      admits(entry, table) && (table.ordinary || (particular && !isAboutFlows(table.combination))),
  )
  const lacks = own.map(({ table, probed }) => ({
    table,
    lacking: entry.numbers.intersect(probed).subtract(changedIn(entry, table)),
  }))
  const anywhere = entry.from === undefined || entry.to === undefined
  if (anywhere && lacks.some(({ lacking }) => lacking.isEmpty)) return []
  return lacks.flatMap(({ table, lacking }) =>
    lacking.ranges.map((numbers) => ({
      numbers,
      kind: entry.kind,
      from: table.from,
      to: table.to,
      family: table.family,
      protocol: table.protocol,
      at: entry.at,
    })),
  )
}

function changedIn({ kind }: Declared, { changes }: DiffTable): PortSet {
  return PortSet.of(...changes.filter((row) => row.kind === kind))
}

/**
 * Entries that no probed combination can fulfil: an unknown zone, or numbers that were not probed.
 */
export function unprobed(delta: Delta, probed: readonly ProbedTable[]): Declared[] {
  return delta.filter((entry) => {
    const own = probed.filter(({ table }) => admits(entry, table))
    const numbers = own.reduce((all, { probed }) => all.union(probed), PortSet.empty)
    return own.length === 0 || !entry.numbers.subtract(numbers).isEmpty
  })
}
