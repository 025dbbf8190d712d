/** One probe through one firewall: the kernel's trace, and the outcome. */
import { ordinaryControls } from '../../src/compare/controls.ts'
import type { Firewall } from '../../src/firewall/firewall.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { AddressedPacket } from '../../src/net/packet-fields.ts'
import { PortSet } from '../../src/net/port-set.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import { settingsOf } from '../../src/plan/sweep.ts'
import type { Observation } from '../../src/result/outcome.ts'
import type { Losses } from '../../src/result/result.ts'
import type { Walk } from '../../src/result/trace.ts'
import type { Provider } from '../provider/provider.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { EnvironmentError } from '../system/errors.ts'
import { walks } from './evidence.ts'
import { measure } from './measure.ts'
import { inSessions, openExperiment } from './open.ts'

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
  const { family, protocol, number } = probe
  const experiment = {
    lab: plan,
    sides: [{ firewall }],
    controls: () => ordinaryControls(plan, family, [probe], [protocol]),
    plan: () => ({ sweeps: [] }),
  }
  const opened = await openExperiment(experiment, family, { sandbox, providers: [provider] })
  const { sessions, problems } = opened!
  return inSessions(sessions, provider !== undefined, async () => {
    if (problems.length > 0) throw new EnvironmentError(problems.join('\n'))
    const session = sessions[0]!
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
  })
}
