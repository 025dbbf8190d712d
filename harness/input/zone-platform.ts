/** A platform with a policy for zones: reads its policy and its lab file. */
import { statSync } from 'node:fs'
import { quotedPath } from '../../src/input/quoted.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { Platform } from '../../src/platform/platform.ts'
import { problemsOfTerms, zonesWithGrants } from '../../src/platform/zones.ts'
import { problemsOfFit } from '../../src/scenario/lab-fit.ts'
import { Faults, FaultyFiles } from '../system/faulty-files.ts'
import { shown } from '../system/text-file.ts'
import { loadLab } from './lab-file.ts'
import type { Names } from './names.ts'
import { type LoadedPolicy, type NamedPolicy, namedZonePolicy } from './policies.ts'

export interface WithLab extends LoadedPolicy {
  /** Of a policy for zones. */
  readonly lab?: LabPlan
}

/** Undefined if one of the files was already refused. */
export function zonePolicyWith(
  policy: NamedPolicy,
  lab: NonNullable<Platform['lab']>,
  names: Names,
): WithLab | undefined {
  if (names.isRefused(policy.policyFile) || names.isRefused(lab.file)) return undefined
  const faults = new Faults()
  const loaded = faults.attempt(() => namedZonePolicy(policy, names.root))
  const plan = faults.attempt(() => namedLab(lab, names.root))
  if (loaded && plan) {
    faults.add(problemsOfTerms(loaded.policy, policy.policyAt))
    faults.add(problemsOfFit(loaded.policy, plan))
  }
  faults.finish()
  return { ...loaded!, lab: plan! }
}

function namedLab({ file, at }: NonNullable<Platform['lab']>, root: string): LabPlan {
  if (statSync(file, { throwIfNoEntry: false })) return loadLab(file, root)
  throw new FaultyFiles([{ at, message: `lab ${quotedPath(shown(file))}: no such file` }])
}

/** Of a policy for zones, the hosts that may have grants are the projects. */
export function completed(platform: Platform, { policy, lab }: WithLab): Platform {
  return lab ? { ...platform, zones: zonesWithGrants(policy, lab) } : platform
}
