/** Reads scenarios about given firewalls from disk. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { lazily, type Problem } from '../../src/input/problem.ts'
import { quoted, quotedPath } from '../../src/input/quoted.ts'
import { suggestion } from '../../src/input/suggestion.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { Day } from '../../src/policy/grant.ts'
import type { Policy } from '../../src/policy/policy.ts'
import {
  type KnownFirewallScenario,
  readFirewallScenario,
} from '../../src/scenario/firewall-read.ts'
import type { FirewallScenario } from '../../src/scenario/firewall-scenario.ts'
import { problemsOfFit } from '../../src/scenario/lab-fit.ts'
import { Faults, FaultyFiles } from '../system/faulty-files.ts'
import { shown } from '../system/text-file.ts'
import { fromFolder } from './firewall-argument.ts'
import { loadLab } from './lab-file.ts'
import type { Names } from './names.ts'
import { mustExist, zonePolicyOf } from './policies.ts'
import type { ScenarioText } from './scenario-text.ts'

/** A scenario about a given firewall, with its policy. */
export interface LoadedFirewallScenario {
  readonly scenario: FirewallScenario
  readonly argument: string
  /** None of the scenario's paths may lead out of this folder. */
  readonly root: string
  readonly policy: Policy
  readonly policySha256: string
  readonly at: Day
  readonly warnings: readonly Problem[]
}

interface Asked {
  readonly at: Day
  readonly faults: Faults
}

/** Adds errors to `faults` and returns the valid parts. */
export function loadFirewallScenario(
  { file, text, id, argument, names }: ScenarioText,
  { at, faults }: Asked,
): LoadedFirewallScenario | KnownFirewallScenario | undefined {
  const reading = readFirewallScenario(text, {
    id,
    file: shown(file),
    resolve: names.resolve,
    resolveFirewall: (named) => fromFolder(named, dirname(file), shown),
  })
  const { known } = reading
  const own = new Faults()
  own.add(reading.ok ? [] : reading.problems)
  own.add(names.problems)
  const policy = own.attempt(() => claimedPolicy(known, names))
  own.add(policy && !policy.reading.ok ? policy.reading.problems : [])
  own.add(unknownNames(known, policy?.reading.names.ends))
  const plan = own.attempt(() => claimedLab(known, names))
  if (policy?.reading.ok && plan) own.add(problemsOfFit(policy.reading.value, plan))
  if (!reading.ok || !policy?.reading.ok || !own.isEmpty) {
    faults.attempt(() => own.finish())
    return known
  }
  return {
    scenario: reading.value,
    argument,
    root: names.root,
    policy: policy.reading.value,
    policySha256: policy.sha256,
    at,
    warnings: policy.reading.warnings,
  }
}

function claimedPolicy(known: KnownFirewallScenario | undefined, names: Names) {
  const named = known?.policy
  if (!named || names.isRefused(named.policyFile)) return undefined
  mustExist(named)
  return zonePolicyOf(named.policyFile, names.root)
}

/** The lab of a scenario. Undefined if it is inferred. */
function claimedLab(known: KnownFirewallScenario | undefined, names: Names): LabPlan | undefined {
  const lab = known?.lab
  if (lab?.kind === 'given') return lab.plan
  if (lab?.kind !== 'file' || names.isRefused(lab.file)) return undefined
  if (!statSync(lab.file, { throwIfNoEntry: false })) {
    const message = `lab ${quotedPath(shown(lab.file))}: no such file`
    throw new FaultyFiles([{ at: lab.at, message }])
  }
  return loadLab(lab.file, names.root)
}

function unknownNames(
  known: KnownFirewallScenario | undefined,
  ends: ReadonlySet<string> | undefined,
): Problem[] {
  if (!ends) return []
  return (known?.names ?? [])
    .filter(({ name }) => !ends.has(name))
    .map(({ name, at }) =>
      lazily(at, () => `unknown zone or host ${quoted(name)}${suggestion(name, [...ends])}`),
    )
}
