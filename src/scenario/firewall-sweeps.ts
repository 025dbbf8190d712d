/** Sweeps from the firewall itself or to it need a policy that promises something of it. */
import type { Problem } from '../input/problem.ts'
import { FIREWALL } from '../lab/lab.ts'
import type { Policy } from '../policy/policy.ts'
import { isOfFirewall } from '../policy/statements.ts'
import type { Scenario } from './scenario.ts'

/** Reported where the policy is named. */
export function problemsOfFirewallSweeps(scenario: Scenario, policy: Policy): Problem[] {
  const own = scenario.sweeps.find(({ from, to }) => from === FIREWALL || to === FIREWALL)
  if (!own || isOfFirewall(policy)) return []
  const message = `policy ${policy.id}: promises nothing for the sweep from ${own.from} to ${own.to}: add "firewall" to ${policy.file}`
  return [{ at: scenario.policyAt, message }]
}
