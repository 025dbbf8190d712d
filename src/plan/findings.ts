/** The findings of a lab about one family of a scenario. */
import type { Family } from '../net/protocol.ts'
import type { UntestedResult } from '../result/result.ts'
import { noEntries, type PlacedEntries } from './order.ts'

/** Filled during the run, so an interruption loses nothing. */
export interface FamilyFindings extends PlacedEntries {
  readonly family: Family
  readonly notes: string[]
  /** Rules that no probe can test. */
  readonly untested: UntestedResult[]
  readonly remarks: string[]
  /** The listing of rules that were already in the namespace. */
  readonly ruleset?: string
}

export const noFindings = (family: Family): FamilyFindings => ({
  family,
  ...noEntries(),
  notes: [],
  untested: [],
  remarks: [],
})
