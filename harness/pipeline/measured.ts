/** The measurement of one family of a scenario, as far as it was possible. */

import type { FamilyFindings } from '../../src/plan/findings.ts'
import { problem } from '../../src/plan/order.ts'
import type { RunContext } from './context.ts'
import { notMeasured } from './not-measured.ts'

/**
 * The result of a family. An interruption or a failure may end the lab at any moment. The findings
 * until then are kept. If the firewall is `isHoused` (an external target), they are discarded,
 * because the target may have ended unnoticed.
 */
export async function measured(
  { options }: RunContext,
  none: () => FamilyFindings,
  isHoused: boolean,
  work: (findings: FamilyFindings) => Promise<void>,
): Promise<FamilyFindings> {
  const findings = none()
  const { family } = findings
  try {
    if (!options.signal.aborted) await work(findings)
  } catch (error) {
    if (!options.signal.aborted) {
      const known = isHoused ? none() : findings
      known.notMeasured.push(notMeasured(error, family))
      return known
    }
  }
  if (options.signal.aborted)
    findings.problems.push(problem(family, `IPv${family}: interrupted before it was done`))
  return findings
}
