/** The input of the compiler: a policy, a platform or a scenario, with its projects. */

import { existsSync } from 'node:fs'
import { parseYaml } from '../../src/input/document.ts'
import type { Zone } from '../../src/lab/zone.ts'
import { grantsToCompile, projectsOf } from '../../src/platform/platform.ts'
import { linksOf } from '../../src/platform/zones.ts'
import type { Day, Grant } from '../../src/policy/grant.ts'
import { RulesetTextError } from '../../src/quote/nft.ts'
import { kindOfValue } from '../../src/target/file-kind.ts'
import { InputError } from '../system/errors.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { readText } from '../system/text-file.ts'
import { type Loaded, loadPlatformScenarios } from './load.ts'
import { orOther } from './other-kind.ts'
import { loadPlatform } from './platforms.ts'
import { type LoadedPolicy, loadPolicy } from './policies.ts'
import { type FolderFlags, scenariosFolder } from './scenarios-folder.ts'

type Subject = Pick<LoadedPolicy, 'policy' | 'warnings'> & {
  readonly projects: readonly Zone[]
  /** Undefined: it has no requests, so its ruleset need not take grants. A platform always takes them. */
  readonly grants: readonly Grant[] | undefined
  /** Of a policy for zones: the interface of each zone. */
  readonly links?: ReadonlyMap<string, string>
}

/**
 * A policy file, or a platform, a scenario file or a scenario id, with its projects. `root`: the
 * folder that must contain it, if another file names it.
 */
export function boundBy(file: string, flags: SubjectFlags, root?: string): Subject {
  return orOther(file, ['policy', 'platform', 'scenario'], () => subjectIn(file, flags, root))
}

/** No id of a scenario has a dot, or a slash at one of its ends. */
const LIKE_A_FILE = /\.|^\/|\/$/
const noSuchFile = (file: string): string =>
  `${file}: no such file: name a policy, a platform or a scenario`

interface SubjectFlags extends FolderFlags {
  readonly at?: Day
}

function subjectIn(file: string, flags: SubjectFlags, root: string | undefined): Subject {
  const kind = kindOf(file, root)
  if (kind === 'policy') return { ...loadPolicy(file, root), projects: [], grants: undefined }
  if (kind === 'platform') {
    const { platform, grantWarnings, ...loaded } = loadPlatform(file, flags.at, root)
    const warnings = [...loaded.warnings, ...grantWarnings]
    const links = loaded.lab ? { links: linksOf(loaded.lab) } : {}
    return { ...loaded, ...links, warnings, projects: projectsOf(platform) }
  }
  const scenarios = attempt(
    () => load(file, flags),
    (message) => (LIKE_A_FILE.test(file) && !existsSync(file) ? noSuchFile(file) : message),
  )
  const [first, second] = scenarios
  if (second) throw new InputError(`${file}: has ${scenarios.length} scenarios: name one of them`)
  const { grantWarnings } = first!
  const { policy, warnings } = loadPolicy(first!.scenario.policyFile)
  return {
    policy,
    warnings: [...warnings, ...grantWarnings],
    projects: projectsIn(scenarios),
    grants: grantsIn(scenarios),
  }
}

/** A name without a file can only be an id. */
function kindOf(file: string, root: string | undefined): 'policy' | 'platform' | 'scenario' {
  const isFile = /\.ya?ml$/.test(file)
  if (!existsSync(file)) return isFile ? 'policy' : 'scenario'
  if (!isFile) return 'policy'
  const parsed = parseYaml(readText(file, 'policy', root), file)
  const value = parsed.ok ? parsed.document.value : undefined
  if (typeof value !== 'object' || value === null) return 'policy'
  if ('sweeps' in value || kindOfValue(value) === 'scenario') return 'scenario'
  return 'projects' in value || 'lab' in value ? 'platform' : 'policy'
}

export function load(scenario: string, flags: SubjectFlags): Loaded[] {
  return loadPlatformScenarios(scenariosFolder(flags), [scenario], flags.at)
}

export function projectsIn(scenarios: readonly Loaded[]): Zone[] {
  return scenarios.flatMap(({ scenario }) => projectsOf(scenario))
}

/** Undefined if none of them has requests. */
export function grantsIn(scenarios: readonly Loaded[]): readonly Grant[] | undefined {
  const all = scenarios.map(({ scenario, grants }) => grantsToCompile(scenario, grants))
  return all.every((grants) => grants === undefined) ? undefined : all.flatMap((own) => own ?? [])
}

/** Runs `work`. `tell` gives the text of an input error. */
export function attempt<T>(work: () => T, tell = (message: string) => message): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof FaultyFiles) throw cause
    if (cause instanceof RulesetTextError || cause instanceof InputError)
      throw new InputError(tell(cause.message), { cause })
    throw cause
  }
}
