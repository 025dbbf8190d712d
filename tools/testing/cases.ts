/** Random cases for the agreement of decision and kernel; one that fails is shrunk and kept. */
import fc from 'fast-check'
import { mustBeRootless, Sandbox } from '../../harness/sandbox/sandbox.ts'
import { EnvironmentError } from '../../harness/system/errors.ts'
import { writtenPolicies } from '../../src/policy/egress/fixtures.ts'
import { manyGrants } from '../../src/ruleset/fixtures.ts'
import { type Case, disagreements } from './agreement.ts'
import { caseText, keep } from './regressions.ts'

/** So many of the cases are swept at their edges for one that is swept on every port, which takes ten times as long. */
const EDGES_ONLY = 3

export const cases: fc.Arbitrary<Case> = fc.record({
  policy: writtenPolicies,
  // A third of them without: these are compiled to both forms.
  grants: fc.oneof({ weight: 2, arbitrary: manyGrants }, { weight: 1, arbitrary: fc.constant([]) }),
  towardsProvider: fc.boolean(),
  edgesOnly: fc.integer({ min: 0, max: EDGES_ONLY }).map((n) => n > 0),
})

/** Shrinking stops after this long: a case that is not the smallest is a case all the same. */
const SHRINK_MS = 120_000

export interface Trial {
  readonly numRuns: number
  /** Every case is swept on every port. */
  readonly everyPort?: boolean
  readonly seed?: number
  /** What is asked of a case; by default the kernel. */
  readonly ask?: (of: Case, sandbox: Sandbox) => Promise<string[]>
  readonly onCase?: (count: number) => void
  /** Where a case that fails is kept. */
  readonly folder?: string
}

/** What is wrong with the smallest case that was found to fail, where it was kept, and the case; undefined when none failed. */
export async function tryCases(trial: Trial): Promise<string | undefined> {
  const { numRuns, everyPort, seed, ask = disagreements, onCase, folder } = trial
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 2 })
  let count = 0
  let failedAt = 0
  let last: { of: Case; found: string[] } | undefined
  try {
    await sandbox.ready()
    const property = fc.asyncProperty(cases, async (some) => {
      const of = everyPort ? { ...some, edgesOnly: false } : some
      if (failedAt > 0 && performance.now() - failedAt > SHRINK_MS) return
      const found = await ask(of, sandbox).catch(toFinding)
      if (found.length === 0) {
        count++
        onCase?.(count)
        return
      }
      failedAt ||= performance.now()
      last = { of, found }
      throw new Error(found[0])
    })
    const details = await fc.check(property, { numRuns, ...(seed === undefined ? {} : { seed }) })
    // Whatever went wrong otherwise is no agreement.
    if (details.failed && !last)
      throw details.errorInstance ?? new Error('the cases could not be tried')
    if (!last && count !== numRuns) throw new Error(`${count} of ${numRuns} cases were tried`)
  } finally {
    await sandbox.close()
  }
  return (
    last &&
    `${last.found.slice(0, 10).join('\n')}\nkept in ${keep(last.of, folder)}\n${caseText(last.of)}`
  )
}

/** A ruleset that the kernel refuses is as wrong as one that does something else; a machine that cannot try is not. */
function toFinding(error: unknown): string[] {
  if (error instanceof EnvironmentError) throw error
  return [error instanceof Error ? error.message : String(error)]
}
