/** Reads scenarios about given firewalls from disk. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { lazily, type Problem } from '../../src/input/problem.ts'
import { quoted, quotedPath } from '../../src/input/quoted.ts'
import { suggestion } from '../../src/input/suggestion.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import { problemsOfTerms } from '../../src/platform/zones.ts'
import type { Day, Grant } from '../../src/policy/grant.ts'
import { hostsWithGrants } from '../../src/policy/grantees.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { grantsOf, type Organizations, problemsAmong } from '../../src/request/grants.ts'
import {
  type KnownFirewallScenario,
  readFirewallScenario,
} from '../../src/scenario/firewall-read.ts'
import type { FirewallScenario } from '../../src/scenario/firewall-scenario.ts'
import { problemsOfFit } from '../../src/scenario/lab-fit.ts'
import { Faults, FaultyFiles } from '../system/faulty-files.ts'
import { shown } from '../system/text-file.ts'
import { today } from '../system/today.ts'
import { fromFolder } from './firewall-argument.ts'
import { loadLab } from './lab-file.ts'
import type { Names } from './names.ts'
import { platformSourceOf } from './platforms.ts'
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
  /** Those in force on that day. */
  readonly grants: readonly Grant[]
  readonly warnings: readonly Problem[]
}

interface Asked {
  /** In place of the scenario's own day. */
  readonly at: Day | undefined
  readonly faults: Faults
}

/** Adds errors to `faults` and returns the valid parts. */
export function loadFirewallScenario(
  { file, text, id, argument, names }: ScenarioText,
  { at: asked, faults }: Asked,
): LoadedFirewallScenario | KnownFirewallScenario | undefined {
  const reading = readFirewallScenario(text, {
    id,
    file: shown(file),
    resolve: names.resolve,
    resolveFirewall: (named) => fromFolder(named, dirname(file), shown),
    include: platformSourceOf(file, names).include,
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
  const value = policy?.reading.ok ? policy.reading.value : undefined
  if (known && value) own.add(problemsOfRequests(known, value))
  if (!reading.ok || !policy?.reading.ok || !own.isEmpty) {
    faults.attempt(() => own.finish())
    return known
  }
  const day = asked ?? reading.value.at ?? today()
  const granted = grantedIn(reading.value, policy.reading.value, day)
  return {
    scenario: reading.value,
    argument,
    root: names.root,
    policy: policy.reading.value,
    policySha256: policy.sha256,
    at: day,
    grants: granted.grants,
    warnings: [...policy.reading.warnings, ...reading.warnings, ...granted.warnings],
  }
}

const organizationsIn = (policy: Policy): Organizations =>
  new Map(hostsWithGrants(policy).map(({ name, organization }) => [name, organization]))

const grantedIn = ({ requests }: FirewallScenario, policy: Policy, at: Day) =>
  grantsOf(requests, { policy, organizations: organizationsIn(policy), at })

/** Requests that contradict each other, the hosts of the policy, or a policy without grants. */
function problemsOfRequests(
  { requests, policy: named }: KnownFirewallScenario,
  policy: Policy,
): readonly Problem[] {
  if (requests.length === 0) return []
  const terms = named ? problemsOfTerms(policy, named.policyAt) : []
  return terms.length > 0 ? terms : problemsAmong(requests, organizationsIn(policy))
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
