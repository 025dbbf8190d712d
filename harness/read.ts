/** Policy and scenario files from disk, with everything that is wrong in them told at once. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { LabPlan } from '../src/lab/lab.ts'
import { organizationsOf, type Platform } from '../src/platform.ts'
import {
  type Included,
  type KnownPlatform,
  NOTHING,
  type PlatformPlace,
  type PlatformReading,
  readPlatform,
} from '../src/platform-read.ts'
import type { Policy } from '../src/policy/policy.ts'
import { readPolicy } from '../src/policy/read.ts'
import { grantsOf, problemsAmong } from '../src/request/grants.ts'
import type { Day, Grant } from '../src/request/request.ts'
import type { Scenario } from '../src/scenario.ts'
import { readScenario } from '../src/scenario-read.ts'
import type { Claim } from '../src/verify/claim.ts'
import { isClaim, type KnownClaim, readClaim } from '../src/verify/claim-read.ts'
import { problemsOfFit } from '../src/verify/fit.ts'
import { parseYaml } from '../src/yaml/document.ts'
import { lazily, type Problem, type Reading } from '../src/yaml/problem.ts'
import { quoted, quotedPath } from '../src/yaml/quoted.ts'
import { suggestion } from '../src/yaml/suggestion.ts'
import { isZonePolicy, readZonePolicy } from '../src/zone-policy/read.ts'
import type { ZonePolicy } from '../src/zone-policy/zone-policy.ts'
import { InputFailure } from './failure.ts'
import { fromFolder } from './firewall/argument.ts'
import { loadLab } from './lab-file.ts'
import { firewallWords, orOther, refuseOther } from './other-kind.ts'
import { Faults, FaultyFiles } from './problems.ts'
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

/** Throws InputFailure with every problem of the platform's files, at most MAX_PRINTED lines. */
export function loadPlatform(file: string, at: Day = today()): LoadedPlatform {
  const { platform, faults, ...loaded } = openedPlatform(file)
  faults.add(platform ? contradictionsIn(platform.known) : [])
  faults.finish()
  const { value, warnings: own } = whole(platform)
  const policy = loaded.policy!
  const { grants, warnings } = grantsOf(value.requests, granting(value, policy.policy, at))
  return { ...policy, platform: value, at, grants, grantWarnings: [...own, ...warnings] }
}

/** A platform and its policy as their files have them, whatever its requests contradict. Throws InputFailure. */
export function openPlatform(file: string): LoadedPolicy & Pick<LoadedPlatform, 'platform'> {
  const { platform, policy, faults } = openedPlatform(file)
  faults.finish()
  const { value, warnings } = whole(platform)
  return { ...policy!, platform: value, warnings }
}

function openedPlatform(file: string) {
  const faults = new Faults()
  const platform = faults.attempt(() => platformOf(file))
  faults.add(platform && !platform.ok ? platform.problems : [])
  const policy = faults.attempt(() => namedPolicy(platform?.known.policy))
  return { platform, policy, faults }
}

function platformOf(file: string): PlatformReading {
  return readPlatform(readText(file, 'platform'), placeOf(file))
}

type Good<T> = Extract<Reading<T>, { readonly ok: true }>

/** Of what has no faults. */
function whole<T>(reading: Reading<T> | undefined): Good<T> {
  if (!reading?.ok) throw new Error('a reading without faults has no value')
  return reading
}

const granting = (platform: Platform, policy: Policy, at: Day) => ({
  policy,
  organizations: organizationsOf(platform),
  at,
})

/** What requests contradict; of the projects only where all of these are known. */
function contradictionsIn({ requests, organizations, hasAllZones }: KnownPlatform) {
  return problemsAmong(requests, hasAllZones ? organizations : undefined)
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

/** Throws InputFailure with the problems of the file. */
export function loadPolicy(file: string): LoadedPolicy {
  const text = readText(file, 'policy')
  const reading = readPolicy(text, shown(file))
  if (!reading.ok) throw new FaultyFiles(reading.problems)
  return { policy: reading.value, sha256: sha256(text), warnings: reading.warnings }
}

export interface ScenariosRead {
  /** Those that have no faults. */
  readonly loaded: readonly AnyLoaded[]
  /** What is known of those about given firewalls that have some. */
  readonly faulty: readonly KnownClaim[]
  readonly faults: Faults
}

/**
 * The scenarios below `root` with the given ids; all of them when none is given.
 * An id may also be a folder of scenarios or the path of a file. `at` beats the
 * day that a scenario names. Throws InputFailure for an unknown id alone.
 */
export function readScenarios(root: string, ids: readonly string[], at?: Day): ScenariosRead {
  const faults = new Faults()
  const faulty: KnownClaim[] = []
  const loaded = choose(root, ids).flatMap((file) => {
    const one = faults.attempt(() => loadScenario(root, file, { at, faults }))
    if (one && 'scenario' in one) return [one]
    if (one) faulty.push(one)
    return []
  })
  return { loaded, faulty, faults }
}

/** The same. Throws InputFailure with the problems of all files together. */
export function loadScenarios(root: string, ids: readonly string[], at?: Day): AnyLoaded[] {
  const { loaded, faults } = readScenarios(root, ids, at)
  faults.finish()
  return [...loaded]
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

interface Asked {
  readonly at: Day | undefined
  readonly faults: Faults
}

function loadScenario(
  root: string,
  file: string,
  asked: Asked,
): AnyLoaded | KnownClaim | undefined {
  return orOther(file, ['scenario'], () => readScenarioFile(root, file, asked))
}

/** Where something is wrong, which is put with the faults, what is known of it all the same. */
function readScenarioFile(
  root: string,
  file: string,
  { at: asked, faults }: Asked,
): AnyLoaded | KnownClaim | undefined {
  const place = placeOf(file)
  faults.begin(place.file)
  const text = readText(file, 'scenario')
  if (isClaim(text, place.file)) return loadClaim(root, file, { at: asked, faults })
  const reading = readScenario(text, {
    ...place,
    id: idOf(root, file),
    platform: (path) => includedPlatform(place.resolve(path)),
  })
  const own = new Faults()
  const contradictions = contradictionsIn(reading.known)
  own.add(reading.ok ? contradictions : [...reading.problems, ...contradictions])
  const policy = own.attempt(() => namedPolicy(reading.known.policy))
  if (!reading.ok || !policy || !own.isEmpty) {
    own.finish()
    return undefined
  }
  const { value: scenario } = reading
  const at = asked ?? scenario.at ?? today()
  const { grants, warnings } = grantsOf(scenario.requests, granting(scenario, policy.policy, at))
  return {
    scenario,
    argument: argumentOf(root, file, scenario.id),
    policy: policy.policy,
    policySha256: policy.sha256,
    at,
    grants,
    grantWarnings: [...reading.warnings, ...warnings],
  }
}

/** A platform's file that cannot be read is a fault like one in it. */
function includedPlatform(file: string): PlatformReading {
  try {
    return platformOf(file)
  } catch (error) {
    if (!(error instanceof InputFailure)) throw error
    const at = { file: shown(file), line: 1, column: 1 }
    const message = error.message.replace(`${shown(file)}: `, '')
    return { ok: false, problems: [{ at, message }], known: NOTHING }
  }
}

const argumentOf = (root: string, file: string, id: string): string =>
  isBelow(root, file) ? id : shown(file)

function loadClaim(
  root: string,
  file: string,
  { at, faults }: Asked,
): LoadedClaim | KnownClaim | undefined {
  const place = placeOf(file)
  const reading = readClaim(readText(file, 'scenario'), {
    ...place,
    id: idOf(root, file),
    resolveFirewall: (argument) => fromFolder(argument, dirname(file), shown),
  })
  const { known } = reading
  const own = new Faults()
  own.add(reading.ok ? [] : reading.problems)
  const policy = own.attempt(() => claimedPolicy(known))
  own.add(policy && !policy.reading.ok ? policy.reading.problems : [])
  own.add(unknownNames(known, policy?.reading.names.ends))
  const plan = own.attempt(() => claimedLab(known))
  if (policy?.reading.ok && plan) own.add(problemsOfFit(policy.reading.value, plan))
  if (!reading.ok || !policy?.reading.ok || !own.isEmpty) {
    faults.attempt(() => own.finish())
    return known
  }
  return {
    scenario: reading.value,
    argument: argumentOf(root, file, reading.value.id),
    policy: policy.reading.value,
    policySha256: policy.sha256,
    at: at ?? today(),
    warnings: policy.reading.warnings,
  }
}

function claimedPolicy(known: KnownClaim | undefined) {
  if (!known?.policy) return undefined
  mustExist(known.policy)
  return zonePolicyOf(known.policy.policyFile)
}

/** The lab that a claim names or has; undefined where it is inferred. */
function claimedLab(known: KnownClaim | undefined): LabPlan | undefined {
  const lab = known?.lab
  if (lab?.kind === 'given') return lab.plan
  if (lab?.kind !== 'file') return undefined
  if (!statSync(lab.file, { throwIfNoEntry: false })) {
    const message = `lab ${quotedPath(shown(lab.file))}: no such file`
    throw new FaultyFiles([{ at: lab.at, message }])
  }
  return loadLab(lab.file)
}

function unknownNames(
  known: KnownClaim | undefined,
  ends: ReadonlySet<string> | undefined,
): Problem[] {
  if (!ends) return []
  return (known?.names ?? [])
    .filter(({ name }) => !ends.has(name))
    .map(({ name, at }) =>
      lazily(at, () => `unknown zone or host ${quoted(name)}${suggestion(name, [...ends])}`),
    )
}

export interface LoadedZonePolicy {
  readonly policy: ZonePolicy
  readonly sha256: string
  readonly warnings: readonly Problem[]
}

/** Throws InputFailure with the problems of the file. */
export function loadZonePolicy(file: string): LoadedZonePolicy {
  const { reading, sha256 } = zonePolicyOf(file)
  if (!reading.ok) throw new FaultyFiles(reading.problems)
  return { policy: reading.value, sha256, warnings: reading.warnings }
}

function zonePolicyOf(file: string) {
  const text = readText(file, 'policy')
  return { reading: readZonePolicy(text, shown(file)), sha256: sha256(text) }
}

/** Whether a policy file is one for zones: only those have statements. */
export function isForZones(file: string): boolean {
  const parsed = parseYaml(readText(file, 'policy'), shown(file))
  return parsed.ok && isZonePolicy(parsed.document.value)
}

function namedPolicy(named: KnownPlatform['policy']): LoadedPolicy | undefined {
  if (!named) return undefined
  mustExist(named)
  return loadPolicy(named.policyFile)
}

function mustExist({ policyFile, policyAt }: Pick<Platform, 'policyFile' | 'policyAt'>): void {
  if (statSync(policyFile, { throwIfNoEntry: false })) return
  const message = `policy ${quotedPath(shown(policyFile))}: no such file`
  throw new FaultyFiles([{ at: policyAt, message }])
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
