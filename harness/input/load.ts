/** Policy and scenario files from disk, with everything that is wrong in them told at once. */

import type { Problem } from '../../src/input/problem.ts'
import type { Policy } from '../../src/policy/egress/policy.ts'
import type { Day, Grant } from '../../src/policy/grant.ts'
import { grantsOf } from '../../src/request/grants.ts'
import { isFirewallScenario, type KnownFirewallScenario } from '../../src/scenario/firewall-read.ts'
import { readScenario, type ScenarioReading } from '../../src/scenario/read.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import { InputError } from '../system/errors.ts'
import { Faults } from '../system/faulty-files.ts'
import { readText, shown } from '../system/text-file.ts'
import { today } from '../system/today.ts'
import { isWithin } from '../system/within.ts'
import { type LoadedFirewallScenario, loadFirewallScenario } from './firewall-scenarios.ts'
import { type ChosenFile, choose, idOf } from './folders.ts'
import { Names } from './names.ts'
import { orOther } from './other-kind.ts'
import {
  contradictionsIn,
  granting,
  includedPlatform,
  platformSourceOf,
  policyOf,
} from './platforms.ts'
import type { LoadedPolicy } from './policies.ts'
import type { ScenarioText } from './scenario-text.ts'

export { today } from '../system/today.ts'
export type { LoadedFirewallScenario } from './firewall-scenarios.ts'
export { type LoadedPlatform, loadPlatform, openPlatform } from './platforms.ts'
export {
  isForZones,
  type LoadedPolicy,
  type LoadedZonePolicy,
  loadPolicy,
  loadZonePolicy,
} from './policies.ts'

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

/** Of either kind. */
export type AnyLoaded = Loaded | LoadedFirewallScenario

export function isLoadedFirewallScenario(loaded: AnyLoaded): loaded is LoadedFirewallScenario {
  return 'lab' in loaded.scenario
}

/** What is known of a scenario about a given firewall that has faults, and where its names must not lead out of. */
export type Faulty = KnownFirewallScenario & Pick<LoadedFirewallScenario, 'root'>

export interface ScenariosRead {
  /** Those that have no faults. */
  readonly loaded: readonly AnyLoaded[]
  /** What is known of those about given firewalls that have some. */
  readonly faulty: readonly Faulty[]
  readonly faults: Faults
}

/**
 * The scenarios below `folder` with the given ids; all of them when none is given.
 * An id may also be a folder of scenarios or the path of a file. `at` beats the
 * day that a scenario names. Throws InputError for an unknown id alone.
 */
export function readScenarios(folder: string, ids: readonly string[], at?: Day): ScenariosRead {
  const faults = new Faults()
  const faulty: Faulty[] = []
  const loaded = choose(folder, ids).flatMap((chosen) => {
    const one = faults.attempt(() => loadScenario(folder, chosen, { at, faults }))
    if (one && 'scenario' in one) return [one]
    if (one) faulty.push({ ...one, root: chosen.root })
    return []
  })
  return { loaded, faulty, faults }
}

/** The same. Throws InputError with the problems of all files together. */
export function loadScenarios(folder: string, ids: readonly string[], at?: Day): AnyLoaded[] {
  const { loaded, faults } = readScenarios(folder, ids, at)
  faults.finish()
  return [...loaded]
}

/** Those that bind projects, of which a ruleset is compiled. Throws InputError where one is about a given firewall. */
export function loadPlatformScenarios(folder: string, ids: readonly string[], at?: Day): Loaded[] {
  return loadScenarios(folder, ids, at).map((loaded) => {
    if (!isLoadedFirewallScenario(loaded)) return loaded
    throw new InputError(
      `${loaded.scenario.file}: is about a given firewall, so nothing is compiled for it`,
    )
  })
}

interface Asked {
  readonly at: Day | undefined
  readonly faults: Faults
}

function loadScenario(
  folder: string,
  chosen: ChosenFile,
  asked: Asked,
): AnyLoaded | KnownFirewallScenario | undefined {
  return orOther(chosen.file, ['scenario'], () => readScenarioFile(folder, chosen, asked))
}

/** Where something is wrong, which is put with the faults, what is known of it all the same. */
function readScenarioFile(
  folder: string,
  { file, root, within }: ChosenFile,
  { at, faults }: Asked,
): AnyLoaded | KnownFirewallScenario | undefined {
  faults.begin(shown(file))
  const text = readText(file, 'scenario', within)
  const id = idOf(folder, file)
  const argument = isWithin(folder, file) ? id : shown(file)
  const names = new Names(file, root)
  const own = { file, text, id, argument, names }
  return isFirewallScenario(text, shown(file))
    ? loadFirewallScenario(own, { at: at ?? today(), faults })
    : loadEgress(own, at)
}

/** Throws InputError with all problems of its files. */
function loadEgress(own: ScenarioText, asked: Day | undefined): Loaded {
  const { file, text, id, argument, names } = own
  const place = platformSourceOf(file, names)
  const reading = readScenario(text, {
    ...place,
    id,
    platform: (path, at) => {
      const named = place.resolve(path, at)
      return names.isRefused(named) ? undefined : includedPlatform(named, names.root)
    },
  })
  const { value: scenario, warnings, policy } = whole(reading, names)
  const at = asked ?? scenario.at ?? today()
  const granted = grantsOf(scenario.requests, granting(scenario, policy.policy, at))
  return {
    scenario,
    argument,
    policy: policy.policy,
    policySha256: policy.sha256,
    at,
    grants: granted.grants,
    grantWarnings: [...warnings, ...granted.warnings],
  }
}

function whole(reading: ScenarioReading, names: Names) {
  const faults = new Faults()
  const contradictions = contradictionsIn(reading.known)
  faults.add(reading.ok ? contradictions : [...reading.problems, ...contradictions])
  faults.add(names.problems)
  const policy: LoadedPolicy | undefined = faults.attempt(() => policyOf(reading.known, names))
  faults.finish()
  if (!reading.ok || !policy) throw new Error('a scenario without faults has no value')
  return { ...reading, policy }
}
