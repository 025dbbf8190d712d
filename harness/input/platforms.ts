/** Reads platform files from disk, with the projects and requests that they name. */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Problem, Reading } from '../../src/input/problem.ts'
import { organizationsOf, type Platform } from '../../src/platform/platform.ts'
import {
  type Included,
  type KnownPlatform,
  NOTHING,
  type PlatformReading,
  type PlatformSource,
  readPlatform,
  withProblems,
} from '../../src/platform/read.ts'
import type { Day, Grant } from '../../src/policy/grant.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { grantsOf, problemsAmong } from '../../src/request/grants.ts'
import { InputError } from '../system/errors.ts'
import { Faults } from '../system/faulty-files.ts'
import { outsideWords, rootOf } from '../system/file-root.ts'
import { readText, shown, why } from '../system/text-file.ts'
import { today } from '../system/today.ts'
import { dataFilesBelow } from './folders.ts'
import { Names } from './names.ts'
import { orOther } from './other-kind.ts'
import { namedPolicy } from './policies.ts'
import { completed, type WithLab, zonePolicyWith } from './zone-platform.ts'

/** A platform with its policy and the grants in force on the given date. */
export interface LoadedPlatform extends WithLab {
  readonly platform: Platform
  readonly at: Day
  readonly grants: readonly Grant[]
  /** Warnings about requests that are expired, overlap, or ask for open ports. */
  readonly grantWarnings: readonly Problem[]
}

/**
 * Throws InputError with every error of the platform's files, at most MAX_PRINTED lines. `root`:
 * the folder that must contain it, if the user did not name it.
 */
export function loadPlatform(file: string, at: Day = today(), root?: string): LoadedPlatform {
  return orOther(file, ['platform'], () => platformOn(file, at, root))
}

function platformOn(file: string, at: Day, root: string | undefined): LoadedPlatform {
  const { platform, faults, ...loaded } = openedPlatform(file, root)
  faults.add(platform ? contradictionsAmong(platform, loaded.policy) : [])
  faults.finish()
  const { value, warnings: own } = whole(platform)
  const policy = loaded.policy!
  const known = completed(value, policy)
  const { grants, warnings } = grantsOf(value.requests, granting(known, policy.policy, at))
  return { ...policy, platform: known, at, grants, grantWarnings: [...own, ...warnings] }
}

/** A platform and its policy, even if its requests contradict each other. Throws InputError. */
export function openPlatform(
  file: string,
  root?: string,
): WithLab & Pick<LoadedPlatform, 'platform'> {
  return orOther(file, ['platform'], () => opened(file, root))
}

function opened(file: string, root: string | undefined) {
  const { platform, policy, faults } = openedPlatform(file, root)
  faults.finish()
  const { value, warnings } = whole(platform)
  return { ...policy!, platform: completed(value, policy!), warnings }
}

function openedPlatform(file: string, root: string | undefined) {
  const faults = new Faults()
  const names = new Names(file, root ?? rootOf(file))
  const platform = faults.attempt(() => platformOf(file, names, root))
  faults.add(platform && !platform.ok ? platform.problems : [])
  const lab = platform?.ok ? platform.value.lab : undefined
  const policy = faults.attempt(() =>
    lab ? zonePolicyWith(platform!.known.policy!, lab, names) : policyOf(platform?.known, names),
  )
  return { platform, policy, faults }
}

function contradictionsAmong(reading: PlatformReading, loaded: WithLab | undefined): Problem[] {
  const { known } = reading
  if (!(reading.ok && loaded?.lab)) return [...contradictionsIn(known)]
  const organizations = organizationsOf(completed(reading.value, loaded))
  return [...problemsAmong(known.requests, organizations)]
}

/** Undefined if it is not named, or already refused. */
export function policyOf(known: Pick<KnownPlatform, 'policy'> | undefined, names: Names) {
  const named = known?.policy
  return named && !names.isRefused(named.policyFile) ? namedPolicy(named, names.root) : undefined
}

/** `root`: the folder that must contain the platform file. */
export function platformOf(file: string, names: Names, root?: string): PlatformReading {
  const reading = readPlatform(readText(file, 'platform', root), platformSourceOf(file, names))
  return names.problems.length === 0 ? reading : withProblems(reading, names.problems)
}

type Good<T> = Extract<Reading<T>, { readonly ok: true }>

/** The value of a reading without errors. */
function whole<T>(reading: Reading<T> | undefined): Good<T> {
  if (!reading?.ok) throw new Error('a reading without errors has no value')
  return reading
}

export const granting = (platform: Platform, policy: Policy, at: Day) => ({
  policy,
  organizations: organizationsOf(platform),
  at,
})

/** Contradictions between requests, and with projects if all projects are known. */
export function contradictionsIn({ requests, organizations, hasAllZones }: KnownPlatform) {
  return problemsAmong(requests, hasAllZones ? organizations : undefined)
}

export function platformSourceOf(file: string, names: Names): PlatformSource {
  return {
    file: shown(file),
    resolve: names.resolve,
    include: (path) => include(resolve(dirname(file), path), names),
  }
}

/** The text of a file, or of every YAML and JSON-lines file below a folder. */
function include(path: string, names: Names): readonly Included[] | { readonly reason: string } {
  if (names.leadsOut(path)) return { reason: outsideWords(names.root) }
  try {
    const files = statSync(path).isDirectory() ? dataFilesBelow(path, names.root) : [path]
    return files.map((file) => ({ file: shown(file), text: readText(file, 'data', names.root) }))
  } catch (error) {
    return { reason: error instanceof InputError ? error.message : why(error) }
  }
}

/** An unreadable platform file is reported like an error in it. */
export function includedPlatform(file: string, root: string): PlatformReading {
  try {
    return platformOf(file, new Names(file, root), root)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const at = { file: shown(file), line: 1, column: 1 }
    const message = error.message.replace(`${shown(file)}: `, '')
    return { ok: false, problems: [{ at, message }], known: NOTHING }
  }
}
