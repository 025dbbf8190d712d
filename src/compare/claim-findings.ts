/** The findings about one family of a claim, in the form of results. */
import type { Family } from '../net/protocol.ts'
import { type FamilyFindings, noFindings } from '../plan/findings.ts'
import { controlPlace, type Placed, problem } from '../plan/order.ts'
import type { ControlResult } from '../result/result.ts'
import type { Claim, Control } from './experiment.ts'

/** The state of a lab before its first probe. */
interface Loaded {
  readonly controls: readonly ControlResult[]
  readonly problems: readonly string[]
  /** Of rules that were already in the namespace. */
  readonly listing: string | undefined
}

/** `loaded`: absent if the lab could not be opened. */
export function begin(claim: Claim, family: Family, loaded?: Loaded): FamilyFindings {
  if (!loaded) return noFindings(family)
  const { controls, problems, listing } = loaded
  return {
    ...noFindings(family),
    controls: placed(claim.controls(family), controls),
    problems: problems.map((one) => problem(family, one)),
    ...(listing === undefined ? {} : { ruleset: listing }),
  }
}

/** Controls without rules come first, then those under drop-all. */
const placed = (
  controls: readonly Control[],
  results: readonly ControlResult[],
): Placed<ControlResult>[] =>
  results.map((value, i) => {
    const { place } = controls[i % controls.length]!
    return { place: controlPlace(value.family, place, value.ruleset), value }
  })
