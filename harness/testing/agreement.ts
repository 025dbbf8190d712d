/** Does the kernel do what `decide` says? Asked of a policy by compiling it and sweeping everything. */
import type { Policy } from '../../src/policy/policy.ts'
import { pathWords, rangeWords } from '../../src/report/words.ts'
import type { Scenario } from '../../src/scenario.ts'
import type { Loaded } from '../read.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { load, runHere } from './wrong.ts'

/** Outbound, inbound and spoofed sweeps over everything, with the policy in place of the shipped one. */
function claimsOf(policy: Policy): Loaded[] {
  return load('default-egress', 'unsolicited-inbound', 'spoofed-source').map(({ scenario }) => ({
    scenario: narrowed(scenario),
    policy,
    policySha256: '',
    at: '2026-01-01',
    grants: [],
    grantWarnings: [],
  }))
}

// One path of each direction is enough: the others differ by their names only.
function narrowed(scenario: Scenario): Scenario {
  return { ...scenario, sweeps: scenario.sweeps.slice(0, 1) }
}

/** Every number on which they disagree, in words; empty when they agree. */
export async function disagreements(policy: Policy, sandbox?: Sandbox): Promise<string[]> {
  const result = await runHere({ loaded: claimsOf(policy), jobs: 4, sandbox })
  return result.scenarios.flatMap((scenario) => [
    ...scenario.problems,
    ...scenario.tables.flatMap((table) =>
      table.rows
        .filter((row) => row.standing !== 'conforms')
        .map(
          (row) =>
            `${scenario.id} ${pathWords(table)} ${rangeWords(row)}: ${JSON.stringify(row.expected)} but ${JSON.stringify(row.observed)}`,
        ),
    ),
    ...(scenario.status === 'conforms' ? [] : [`${scenario.id}: ${scenario.status}`]),
  ])
}
