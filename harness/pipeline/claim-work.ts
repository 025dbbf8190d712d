/** The data that every step of one family of a claim needs. */
import type { Claim, ClaimSweep } from '../../src/compare/experiment.ts'
import type { Family } from '../../src/net/protocol.ts'
import type { FamilyFindings } from '../../src/plan/findings.ts'
import type { RunContext } from './context.ts'

export interface Proved {
  /** Of the scenario. */
  readonly id: string
  readonly claim: Claim
  /** The command that repeats the wrong probe of a port. */
  readonly replay: (sweep: ClaimSweep, number: number) => string
}

export interface ClaimWork extends RunContext, Omit<Proved, 'claim'> {
  readonly family: Family
  readonly findings: FamilyFindings
}
