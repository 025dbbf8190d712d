/** One probe through one firewall: the kernel's trace, and the outcome. */
import { ordinaryControls } from '../../src/compare/controls.ts'
import type { Plan } from '../../src/compare/experiment.ts'
import type { Firewall } from '../../src/firewall/firewall.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { AddressedPacket } from '../../src/net/packet-fields.ts'
import { PortSet } from '../../src/net/port-set.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import { type Sweep, settingsOf } from '../../src/plan/sweep.ts'
import type { Observation } from '../../src/result/outcome.ts'
import type { Losses } from '../../src/result/result.ts'
import type { Walk } from '../../src/result/trace.ts'
import type { Provider } from '../provider/provider.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import { Limit } from '../system/limit.ts'
import { walks } from './evidence.ts'
import { measure } from './measure.ts'
import type { Session } from './session.ts'
import { type Question, walkEach } from './walk.ts'

export interface Probe {
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  readonly number: number
  readonly packet: AddressedPacket
}

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
  const { family, protocol } = probe
  const experiment = {
    lab: plan,
    sides: [{ firewall }],
    controls: (asked: Family) =>
      asked === family ? ordinaryControls(plan, family, [probe], [protocol]) : [],
    plan: () => ({ sweeps: [] }),
  }
  const question: Question<Sweep, Plan<Sweep>, Explained[]> = {
    experiment,
    where: { sandbox, providers: [provider] },
    begin: () => [],
    ask: async ({ sessions }, found) => void found.push(await explain(sessions[0]!, probe)),
  }
  const [answer] = await walkEach(question, new Limit(1))
  const { opened, failure, found } = answer!
  if (failure) throw failure.error
  const problems = opened?.problems ?? []
  if (problems.length > 0) throw new EnvironmentError(problems.join('\n'))
  return found[0]!
}

async function explain(session: Session, probe: Probe): Promise<Explained> {
  const { number } = probe
  // First the walk: a limit may be used up by the probes that follow.
  const [walk] = await walks(session, probe, [number])
  const { repetitions } = settingsOf([session.rules!.facts], probe)
  const { observed, losses } = await measure(session, {
    ...probe,
    numbers: PortSet.of(number),
    classes: [{ from: number, to: number, value: number }],
    repetitions,
    answer: 'reply',
  })
  const { outcome, attempts } = observed[0]!.value
  return { walk: walk!, observation: { outcome, attempts }, losses }
}
