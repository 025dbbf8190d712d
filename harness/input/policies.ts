/** Reads policy files from disk. */
import { statSync } from 'node:fs'
import { parseYaml } from '../../src/input/document.ts'
import type { SourcePosition } from '../../src/input/position.ts'
import type { Problem, Reading } from '../../src/input/problem.ts'
import { quotedPath } from '../../src/input/quoted.ts'
import { Recent } from '../../src/input/recent.ts'
import { readPolicy } from '../../src/policy/egress/read.ts'
import type { Policy, PolicyHost } from '../../src/policy/policy.ts'
import {
  isZonePolicy,
  readZonePolicy,
  type ZonePolicyReading,
} from '../../src/policy/zones/read.ts'
import { InputError } from '../system/errors.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { sha256 } from '../system/sha256.ts'
import { readText, shown } from '../system/text-file.ts'
import type { Names } from './names.ts'

export interface LoadedPolicy {
  readonly policy: Policy
  readonly sha256: string
  readonly warnings: readonly Problem[]
}

export interface LoadedZonePolicy {
  readonly policy: Policy
  readonly sha256: string
  readonly warnings: readonly Problem[]
}

/** A policy that a file names, and the position of the name. */
export interface NamedPolicy {
  readonly policyFile: string
  readonly policyAt: SourcePosition
}

/** Cached, because many scenarios name one policy. */
const policies = new Recent<Reading<Policy>>()
const zonePolicies = new Recent<ZonePolicyReading>()

/** Throws InputError with the errors of the file. `root`: as for `readText`. */
export function loadPolicy(file: string, root?: string): LoadedPolicy {
  const text = readText(file, 'policy', root)
  const reading = policies.get(shown(file), text, () => readPolicy(text, shown(file)))
  if (!reading.ok) throw new FaultyFiles(reading.problems)
  return { policy: reading.value, sha256: sha256(text), warnings: reading.warnings }
}

/** The same for a zone policy. */
export function loadZonePolicy(file: string, root?: string): LoadedZonePolicy {
  const { reading, sha256 } = zonePolicyOf(file, root)
  if (!reading.ok) throw new FaultyFiles(reading.problems)
  return { policy: reading.value, sha256, warnings: reading.warnings }
}

/** With the valid parts of a file that has errors. */
export function zonePolicyOf(file: string, root?: string) {
  const text = readText(file, 'policy', root)
  const reading = zonePolicies.get(shown(file), text, () => readZonePolicy(text, shown(file)))
  return { reading, sha256: sha256(text) }
}

/** Whether a policy file is a zone policy: only these have statements. */
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

/** The same for a policy for zones. */
export function namedZonePolicy(named: NamedPolicy, root: string): LoadedZonePolicy {
  mustExist(named)
  return loadZonePolicy(named.policyFile, root)
}

/**
 * The hosts of a policy that a scenario names. Undefined if they are not known, because the policy
 * has errors, which are reported for its file.
 */
export function hostsIn(
  { policyFile }: NamedPolicy,
  names: Names,
): readonly PolicyHost[] | undefined {
  if (names.isRefused(policyFile)) return []
  try {
    return loadPolicy(policyFile, names.root).policy.hosts
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return error instanceof FaultyFiles && /^hosts?\s*:/m.test(textOf(policyFile, names))
      ? undefined
      : []
  }
}

const textOf = (file: string, { root }: Names): string => readText(file, 'policy', root)

/** Reported at the position of the name. */
export function mustExist({ policyFile, policyAt }: NamedPolicy): void {
  if (statSync(policyFile, { throwIfNoEntry: false })) return
  const message = `policy ${quotedPath(shown(policyFile))}: no such file`
  throw new FaultyFiles([{ at: policyAt, message }])
}
