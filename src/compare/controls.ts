/** The paths of the controls, which run before any sweep. */
import type { LabPlan } from '../lab/lab.ts'
import { type LabPath, ordinary } from '../lab/paths.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import { type PlannedSweep, subjectOf } from '../plan/planned-sweep.ts'
import type { Control } from './experiment.ts'

/** With the zones' own addresses. */
export function ordinaryControls(
  plan: LabPlan,
  family: Family,
  paths: readonly LabPath[],
  protocols: readonly Protocol[],
): Control[] {
  const all = paths.flatMap((path) => protocols.map((protocol) => ({ path, protocol })))
  return all.map(({ path, protocol }, place) => {
    const { from, to, source, target } = ordinary(plan, family, path)
    const subject = { from, to, family, protocol }
    return { ...subject, packet: { source, target }, answer: 'reply', subject, place }
  })
}

/** One for each path; the last sweep of a path gives it its name. */
export function egressControls(
  planned: readonly PlannedSweep[],
  own: readonly PlannedSweep[],
  family: Family,
): Control[] {
  const ofFamily = (all: readonly PlannedSweep[]) => all.filter((one) => one.family === family)
  const paths = new Map(ofFamily(planned).map((sweep) => [pathKey(sweep), sweep]))
  const asked = new Set(ofFamily(own).map(pathKey))
  return [...paths].flatMap(([key, sweep], place) =>
    asked.has(key)
      ? [{ ...pathOf(sweep), subject: subjectOf(sweep), isSpoofed: sweep.spoofed, place }]
      : [],
  )
}

/** Equal for sweeps that share one control. */
const pathKey = ({ plan, path, protocol, source, target }: PlannedSweep): string =>
  [path.from, path.to, source, target, protocol, plan.answer].join(' ')

/** In the form of a lab request. */
export const pathOf = ({ plan, path, family, protocol, source, target }: PlannedSweep) => ({
  ...path,
  ...{ family, protocol },
  packet: { source, target },
  answer: plan.answer,
})
