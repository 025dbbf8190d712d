/** Reads policy and scenario files from disk and reports all their errors together. */

import type { Problem } from '../../src/input/problem.ts'
import type { Day, Grant } from '../../src/policy/grant.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { grantsOf } from '../../src/request/grants.ts'
import { isFirewallScenario, type KnownFirewallScenario } from '../../src/scenario/firewall-read.ts'
import { problemsOfFirewallSweeps } from '../../src/scenario/firewall-sweeps.ts'
import { problemsOfInternetHosts } from '../../src/scenario/lab-fit.ts'
import { readScenario, type ScenarioReading } from '../../src/scenario/read.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import { InputError } from '../system/errors.ts'
import { Faults, FaultyFiles } from '../system/faulty-files.ts'
import { readText, shown } from '../system/text-file.ts'
import { today } from '../system/today.ts'
import { isWithin } from '../system/within.ts'
import { type LoadedFirewallScenario, loadFirewallScenario } from './firewall-scenarios.ts'
import { type ChosenFile, choose, idOf } from './folders.ts'
import { Names } from './names.ts'
import { orOther, refuseOther } from './other-kind.ts'
import {
  contradictionsIn,
  granting,
  includedPlatform,
  platformSourceOf,
  policyOf,
} from './platforms.ts'
import { hostsIn, type LoadedPolicy } from './policies.ts'
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

/** A scenario with its policy and the grants in force on its date. */
export interface Loaded {
  readonly scenario: Scenario
  /** Its name for a command line: its id, or its path if it is in another folder. */
  readonly argument: string
  readonly policy: Policy
  readonly policySha256: string
  /** The date on which grants are evaluated. */
  readonly at: Day
  readonly grants: readonly Grant[]
  /** Warnings about requests that are expired, overlap, or ask for open ports. */
  readonly grantWarnings: readonly Problem[]
}

/** A scenario of either kind. */
export type AnyLoaded = Loaded | LoadedFirewallScenario

export function isLoadedFirewallScenario(loaded: AnyLoaded): loaded is LoadedFirewallScenario {
  return 'lab' in loaded.scenario
}

/**
 * The valid parts of an invalid scenario about a given firewall, and the folder that its paths must
 * not leave.
 */
export type Faulty = KnownFirewallScenario & Pick<LoadedFirewallScenario, 'root'>

export interface ScenariosRead {
  /** Scenarios without errors. */
  readonly loaded: readonly AnyLoaded[]
  /** The valid parts of scenarios about given firewalls with errors. */
  readonly faulty: readonly Faulty[]
  readonly faults: Faults
}

/**
 * The scenarios below `folder` with the given ids, or all without ids. An id may also be a folder
 * of scenarios or the path of a file. `at` overrides the date of a scenario. Throws InputError only
 * for an unknown id.
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

/** The same. Throws InputError with the errors of all files together. */
export function loadScenarios(folder: string, ids: readonly string[], at?: Day): AnyLoaded[] {
  const { loaded, faults } = readScenarios(folder, ids, at)
  faults.finish()
  return [...loaded]
}

/**
 * Scenarios with projects, from which a ruleset is compiled. Throws InputError for a scenario about
 * a given firewall.
 */
export function loadPlatformScenarios(folder: string, ids: readonly string[], at?: Day): Loaded[] {
  return loadScenarios(folder, ids, at).map((loaded) => {
    if (!isLoadedFirewallScenario(loaded)) return loaded
    throw new InputError(
      `${shown(loaded.scenario.file)}: is about an existing firewall: compile its policy ${shown(loaded.scenario.policyFile)} instead`,
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

/** Adds errors to `faults` and returns the valid parts. */
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
  if (!isFirewallScenario(text, shown(file))) return loadEgress(own, at)
  // An egress policy may have the key "firewall" too.
  refuseOther(file, ['scenario'], text)
  return loadFirewallScenario(own, { at, faults })
}

/** Throws InputError with all errors of its files. */
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
    hosts: (named) => (named ? hostsIn(named, names) : []),
  })
  const { value: scenario, warnings, policy } = whole(reading, names)
  const wrong = [
    ...problemsOfFirewallSweeps(scenario, policy.policy),
    ...problemsOfInternetHosts(policy.policy, scenario.zones),
  ]
  if (wrong.length > 0) throw new FaultyFiles(wrong)
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
