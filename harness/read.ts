/** Policy and scenario files from disk, with everything that is wrong in them told at once. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { organizationsOf, type Platform } from '../src/platform.ts'
import { type Included, type PlatformPlace, readPlatform } from '../src/platform-read.ts'
import type { Policy } from '../src/policy/policy.ts'
import { readPolicy } from '../src/policy/read.ts'
import { grantsOf } from '../src/request/grants.ts'
import type { Day, Grant } from '../src/request/request.ts'
import type { Scenario } from '../src/scenario.ts'
import { readScenario } from '../src/scenario-read.ts'
import type { Claim } from '../src/verify/claim.ts'
import { isClaim, readClaim } from '../src/verify/claim-read.ts'
import { parseYaml } from '../src/yaml/document.ts'
import { suggestion } from '../src/yaml/issues.ts'
import { type Problem, problemText, type Reading } from '../src/yaml/problem.ts'
import { isZonePolicy, readZonePolicy } from '../src/zone-policy/read.ts'
import { ANY, endsOf, type ZonePolicy } from '../src/zone-policy/zone-policy.ts'
import { InputFailure } from './failure.ts'
import { fromFolder } from './firewall/argument.ts'
import { firewallWords, orOther, refuseOther } from './other-kind.ts'
import { isBundled, isFolder, noScenarios } from './scenarios-folder.ts'
import { readText, shown, why } from './text-file.ts'

export interface LoadedPolicy {
  readonly policy: Policy
  readonly sha256: string
  readonly warnings: readonly Problem[]
}

/** A scenario with the policy that it names, and what is granted on its day. */
export interface Loaded {
  readonly scenario: Scenario
  /** What names it on a command line: its id, or its file where that lies elsewhere. */
  readonly argument: string
  readonly policy: Policy
  readonly policySha256: string
  /** The day that it is for the grants. */
  readonly at: Day
  readonly grants: readonly Grant[]
  /** Requests that have expired, overlap, or ask for what is open anyway. */
  readonly grantWarnings: readonly Problem[]
}

/** A scenario about a given firewall, with the policy that it names. */
export interface LoadedClaim {
  readonly scenario: Claim
  readonly argument: string
  readonly policy: ZonePolicy
  readonly policySha256: string
  readonly at: Day
  readonly warnings: readonly Problem[]
}

/** Of either kind. */
export type AnyLoaded = Loaded | LoadedClaim

export function isLoadedClaim(loaded: AnyLoaded): loaded is LoadedClaim {
  return 'lab' in loaded.scenario
}

/** A platform with the policy that it names, and what is granted on the day asked for. */
export interface LoadedPlatform extends LoadedPolicy {
  readonly platform: Platform
  readonly at: Day
  readonly grants: readonly Grant[]
  /** Requests that have expired, overlap, or ask for what is open anyway. */
  readonly grantWarnings: readonly Problem[]
}

/** Today in UTC. */
export function today(): Day {
  return new Date().toISOString().slice(0, 10)
}

/** Throws InputFailure with every problem of the platform's files, one a line. */
export function loadPlatform(file: string, at: Day = today()): LoadedPlatform {
  const reading = platformOf(file)
  if (!reading.ok) throw new InputFailure(reading.problems.map(problemText).join('\n'))
  const platform = reading.value
  const loaded = loadNamedPolicy(platform)
  const { grants, warnings } = grant(platform, loaded.policy, at)
  return { ...loaded, platform, at, grants, grantWarnings: [...reading.warnings, ...warnings] }
}

function platformOf(file: string): Reading<Platform> {
  return readPlatform(readText(file, 'platform'), placeOf(file))
}

/** A platform and its policy as their files have them, whatever its requests contradict. Throws InputFailure. */
export function openPlatform(file: string): LoadedPolicy & Pick<LoadedPlatform, 'platform'> {
  const reading = platformOf(file)
  if (!reading.ok) throw new InputFailure(reading.problems.map(problemText).join('\n'))
  return { ...loadNamedPolicy(reading.value), platform: reading.value, warnings: reading.warnings }
}

/** Throws InputFailure where requests contradict the platform. */
function grant(platform: Platform, policy: Policy, at: Day) {
  const organizations = organizationsOf(platform)
  const granted = grantsOf(platform.requests, { policy, organizations, at })
  if (granted.problems.length > 0)
    throw new InputFailure(granted.problems.map(problemText).join('\n'))
  return granted
}

function placeOf(file: string): PlatformPlace {
  const resolved = (path: string): string => resolve(dirname(file), path)
  return {
    file: shown(file),
    resolve: resolved,
    include: (path) => include(resolved(path)),
  }
}

/** Text of a file, or of every YAML and JSON-lines file below a folder. */
function include(path: string): readonly Included[] | { readonly reason: string } {
  try {
    const files = statSync(path).isDirectory() ? filesBelow(path, INCLUDED) : [path]
    return files.map((file) => ({ file: shown(file), text: readText(file, 'data') }))
  } catch (error) {
    return { reason: error instanceof InputFailure ? error.message : why(error) }
  }
}

/** Throws InputFailure with every problem of the file, one a line. */
export function loadPolicy(file: string): LoadedPolicy {
  const text = readText(file, 'policy')
  const reading = readPolicy(text, shown(file))
  if (!reading.ok) throw new InputFailure(reading.problems.map(problemText).join('\n'))
  return { policy: reading.value, sha256: sha256(text), warnings: reading.warnings }
}

/**
 * The scenarios below `root` with the given ids; all of them when none is given.
 * An id may also be a folder of scenarios or the path of a file. `at` beats the
 * day that a scenario names. Throws InputFailure with the problems of all files together.
 */
export function loadScenarios(root: string, ids: readonly string[], at?: Day): AnyLoaded[] {
  const files = choose(root, ids)
  const problems: string[] = []
  const loaded = files.flatMap((file) => {
    try {
      return [loadScenario(root, file, at)]
    } catch (error) {
      if (!(error instanceof InputFailure)) throw error
      problems.push(error.message)
      return []
    }
  })
  if (problems.length > 0) throw new InputFailure([...new Set(problems)].join('\n'))
  return loaded
}

/** Those that bind projects, of which a ruleset is compiled. Throws InputFailure where one is about a given firewall. */
export function loadPlatformScenarios(root: string, ids: readonly string[], at?: Day): Loaded[] {
  return loadScenarios(root, ids, at).map((loaded) => {
    if (!isLoadedClaim(loaded)) return loaded
    throw new InputFailure(
      `${loaded.scenario.file}: is about a given firewall, so nothing is compiled for it`,
    )
  })
}

function loadScenario(root: string, file: string, asked: Day | undefined): AnyLoaded {
  return orOther(file, ['scenario'], () => readScenarioFile(root, file, asked))
}

function readScenarioFile(root: string, file: string, asked: Day | undefined): AnyLoaded {
  const place = placeOf(file)
  const text = readText(file, 'scenario')
  if (isClaim(text, place.file)) return loadClaim(root, file, asked)
  const reading = readScenario(text, {
    ...place,
    id: idOf(root, file),
    platform: (path) => platformOf(place.resolve(path)),
  })
  if (!reading.ok) throw new InputFailure(reading.problems.map(problemText).join('\n'))
  const scenario = reading.value
  const { policy, sha256: policySha256 } = loadNamedPolicy(scenario)
  const at = asked ?? scenario.at ?? today()
  const { grants, warnings } = grant(scenario, policy, at)
  const grantWarnings = [...reading.warnings, ...warnings]
  const argument = isBelow(root, file) ? scenario.id : shown(file)
  return { scenario, argument, policy, policySha256, at, grants, grantWarnings }
}

function loadClaim(root: string, file: string, asked: Day | undefined): LoadedClaim {
  const place = placeOf(file)
  const reading = readClaim(readText(file, 'scenario'), {
    ...place,
    id: idOf(root, file),
    resolveFirewall: (argument) => fromFolder(argument, dirname(file), shown),
  })
  if (!reading.ok) throw new InputFailure(reading.problems.map(problemText).join('\n'))
  const scenario = reading.value
  mustExist(scenario)
  const { policy, sha256: policySha256, warnings } = loadZonePolicy(scenario.policyFile)
  checkNames(scenario, policy)
  const argument = isBelow(root, file) ? scenario.id : shown(file)
  return { scenario, argument, policy, policySha256, at: asked ?? today(), warnings }
}

function checkNames({ sweeps }: Claim, policy: ZonePolicy): void {
  const known = [...endsOf(policy).map(({ name }) => name), ANY]
  const problems = sweeps
    .flatMap(({ names }) => names)
    .filter(({ name }) => !known.includes(name))
    .map(({ name, at }) =>
      problemText({
        at,
        message: `unknown zone or host ${JSON.stringify(name)}${suggestion(name, known)}`,
      }),
    )
  if (problems.length > 0) throw new InputFailure(problems.join('\n'))
}

export interface LoadedZonePolicy {
  readonly policy: ZonePolicy
  readonly sha256: string
  readonly warnings: readonly Problem[]
}

/** Throws InputFailure with every problem of the file, one a line. */
export function loadZonePolicy(file: string): LoadedZonePolicy {
  const text = readText(file, 'policy')
  const reading = readZonePolicy(text, shown(file))
  if (!reading.ok) throw new InputFailure(reading.problems.map(problemText).join('\n'))
  return { policy: reading.value, sha256: sha256(text), warnings: reading.warnings }
}

/** Whether a policy file is one for zones: only those have statements. */
export function isForZones(file: string): boolean {
  const parsed = parseYaml(readText(file, 'policy'), shown(file))
  return parsed.ok && isZonePolicy(parsed.document.value)
}

function loadNamedPolicy(named: Platform): LoadedPolicy {
  mustExist(named)
  return loadPolicy(named.policyFile)
}

function mustExist({ policyFile, policyAt }: Pick<Platform, 'policyFile' | 'policyAt'>): void {
  if (statSync(policyFile, { throwIfNoEntry: false })) return
  const message = `policy ${JSON.stringify(shown(policyFile))}: no such file`
  throw new InputFailure(problemText({ at: policyAt, message }))
}

function isBelow(root: string, file: string): boolean {
  return !relative(root, file).startsWith('..')
}

function idOf(root: string, file: string): string {
  return (isBelow(root, file) ? relative(root, file) : shown(file)).replace(/\.ya?ml$/, '')
}

function choose(root: string, ids: readonly string[]): string[] {
  // A file in place of the folder: what it is says more.
  if (existsSync(root) && !isFolder(root)) refuseOther(root, [])
  const isThere = existsSync(root)
  if (!isThere && ids.length === 0) throw noScenarios(root)
  const all = isThere ? filesBelow(root) : []
  if (ids.length === 0) {
    if (all.length === 0) throw emptyFolder(root)
    return all
  }
  const chosen = ids.flatMap((id) => filesOf(root, id, all))
  return [...new Set(chosen)]
}

function filesOf(root: string, asked: string, all: readonly string[]): string[] {
  const id = asked.replace(/(?<=.)\/+$/, '')
  const named = all.filter(
    (file) => idOf(root, file) === id || idOf(root, file).startsWith(`${id}/`),
  )
  if (named.length > 0) return named
  if (isFolder(id)) {
    const below = filesBelow(resolve(id))
    if (below.length === 0) throw emptyFolder(id)
    return below
  }
  if (existsSync(id) || /\.ya?ml$/.test(id)) return [resolve(id)]
  throw unknownScenario(root, id, all)
}

function unknownScenario(root: string, id: string, all: readonly string[]): InputFailure {
  const known = all.map((file) => idOf(root, file))
  const firewall = firewallWords(id)
  if (firewall !== undefined) return new InputFailure(firewall)
  const isPath = /[./]/.test(id)
  const there = `${existsSync(root) ? '' : ', because there is no such folder'}${isPath ? ', and no such file' : ''}`
  const hint = isBundled(id) ? '; the one that comes with nftproof is proved by --bundled' : ''
  return new InputFailure(
    `there is no scenario ${JSON.stringify(id)} in ${shown(root)}${there}${suggestion(id, known)}${hint}`,
  )
}

const emptyFolder = (folder: string): InputFailure =>
  new InputFailure(
    `${shown(folder)}: there are no scenarios here: files ending in .yaml, outside of the folders ${[...NOT_SCENARIOS].join(', ')}`,
  )

const NOT_SCENARIOS = new Set([
  'firewalls',
  'labs',
  'platforms',
  'policies',
  'projects',
  'requests',
])
const SCENARIOS = /^(?!platform\.).*\.ya?ml$/
const INCLUDED = /\.(ya?ml|jsonl)$/

function filesBelow(folder: string, named = SCENARIOS): string[] {
  let entries: import('node:fs').Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (cause) {
    throw new InputFailure(`${shown(folder)}: ${why(cause)}`, { cause })
  }
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return NOT_SCENARIOS.has(entry.name) ? [] : filesBelow(path, named)
      return named.test(entry.name) ? [path] : []
    })
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
