/** Policy files from disk. */
import { statSync } from 'node:fs'
import { parseYaml } from '../../src/input/document.ts'
import type { SourcePosition } from '../../src/input/position.ts'
import type { Problem, Reading } from '../../src/input/problem.ts'
import { quotedPath } from '../../src/input/quoted.ts'
import { Recent } from '../../src/input/recent.ts'
import type { Policy } from '../../src/policy/egress/policy.ts'
import { readPolicy } from '../../src/policy/egress/read.ts'
import {
  isZonePolicy,
  readZonePolicy,
  type ZonePolicyReading,
} from '../../src/policy/zones/read.ts'
import type { ZonePolicy } from '../../src/policy/zones/zone-policy.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { sha256 } from '../system/sha256.ts'
import { readText, shown } from '../system/text-file.ts'

export interface LoadedPolicy {
  readonly policy: Policy
  readonly sha256: string
  readonly warnings: readonly Problem[]
}

export interface LoadedZonePolicy {
  readonly policy: ZonePolicy
  readonly sha256: string
  readonly warnings: readonly Problem[]
}

/** A policy that a file names, and where it does. */
export interface NamedPolicy {
  readonly policyFile: string
  readonly policyAt: SourcePosition
}

/** Many scenarios name one policy. */
const policies = new Recent<Reading<Policy>>()
const zonePolicies = new Recent<ZonePolicyReading>()

/** Throws InputError with the problems of the file. `root`: as for `readText`. */
export function loadPolicy(file: string, root?: string): LoadedPolicy {
  const text = readText(file, 'policy', root)
  const reading = policies.get(shown(file), text, () => readPolicy(text, shown(file)))
  if (!reading.ok) throw new FaultyFiles(reading.problems)
  return { policy: reading.value, sha256: sha256(text), warnings: reading.warnings }
}

/** The same of a policy for zones. */
export function loadZonePolicy(file: string): LoadedZonePolicy {
  const { reading, sha256 } = zonePolicyOf(file)
  if (!reading.ok) throw new FaultyFiles(reading.problems)
  return { policy: reading.value, sha256, warnings: reading.warnings }
}

/** With what is known of one that has faults. */
export function zonePolicyOf(file: string, root?: string) {
  const text = readText(file, 'policy', root)
  const reading = zonePolicies.get(shown(file), text, () => readZonePolicy(text, shown(file)))
  return { reading, sha256: sha256(text) }
}

/** Whether a policy file is one for zones: only those have statements. */
export function isForZones(file: string): boolean {
  const parsed = parseYaml(readText(file, 'policy'), shown(file))
  return parsed.ok && isZonePolicy(parsed.document.value)
}

/** The policy that a platform or a scenario names. */
export function namedPolicy(named: NamedPolicy | undefined, root: string) {
  if (!named) return undefined
  mustExist(named)
  return loadPolicy(named.policyFile, root)
}

/** Said where it is named. */
export function mustExist({ policyFile, policyAt }: NamedPolicy): void {
  if (statSync(policyFile, { throwIfNoEntry: false })) return
  const message = `policy ${quotedPath(shown(policyFile))}: no such file`
  throw new FaultyFiles([{ at: policyAt, message }])
}
