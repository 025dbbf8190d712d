/** One probe through one firewall: the kernel's trace, and the outcome. */
import { explainExperiment, type Probe } from '../../src/compare/explain.ts'
import type { Firewall } from '../../src/firewall/firewall.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { Sweep } from '../../src/plan/sweep.ts'
import type { Observation } from '../../src/result/outcome.ts'
import type { Losses } from '../../src/result/result.ts'
import type { Walk } from '../../src/result/trace.ts'
import type { Provider } from '../provider/provider.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import { walks } from './evidence.ts'
import { measure } from './measure.ts'
import type { Session } from './session.ts'
import { walkTogether } from './walk.ts'

export interface Explained {
  readonly walk: Walk
  readonly observation: Observation
  readonly losses: Losses
}

interface Where {
  readonly sandbox: Sandbox
  readonly provider?: Provider | undefined
}

export async function explainProbe(
  { sandbox, provider }: Where,
  firewall: Firewall,
  plan: LabPlan,
  probe: Probe,
): Promise<Explained> {
  const [answer] = await walkTogether({
    experiment: explainExperiment(firewall, plan, probe),
    where: { sandbox, providers: [provider] },
    begin: (): Explained[] => [],
    ask: async ({ sessions: [session], plan: { sweeps } }, found) => {
      for (const sweep of sweeps) found.push(await explain(session!, sweep))
    },
  })
  const { opened, failure, found } = answer!
  if (failure) throw failure.error
  if (found.length === 0) throw new EnvironmentError(opened!.problems.join('\n'))
  return found[0]!
}

async function explain(session: Session, sweep: Sweep): Promise<Explained> {
  // First the walk: a limit may be used up by the probes that follow.
  const numbers = [...sweep.numbers]
  const [walk] = await walks(session, sweep, numbers)
  const { observed, losses } = await measure(session, sweep)
  const { outcome, attempts } = observed[0]!.value
  return { walk: walk!, observation: { outcome, attempts }, losses }
}
