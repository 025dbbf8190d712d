/** A family of a scenario, measured as far as it goes. */

import type { Family } from '../../src/net/protocol.ts'
import type { NotMeasured } from '../../src/result/result.ts'
import type { RunContext } from './context.ts'
import { notMeasured } from './not-measured.ts'

interface Findings {
  readonly family: Family
  readonly problems: string[]
  readonly notMeasured: NotMeasured[]
}

/**
 * What a family comes to. An interruption ends the lab in the middle of something,
 * and so does a failure: what was found by then is kept, unless the firewall is
 * `isHoused`, somewhere else: then it may have ended before it was seen to.
 */
export async function measured<F extends Findings>(
  { options }: RunContext,
  none: () => F,
  isHoused: boolean,
  work: (findings: F) => Promise<void>,
): Promise<F> {
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
  if (options.signal.aborted) findings.problems.push(`IPv${family}: interrupted before it was done`)
  return findings
}
