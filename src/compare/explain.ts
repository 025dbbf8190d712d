/** One probe through one firewall as an experiment. */
import type { Firewall } from '../firewall/firewall.ts'
import type { LabPlan } from '../lab/lab.ts'
import type { AddressedPacket } from '../net/packet-fields.ts'
import { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import { type Sweep, settingsOf } from '../plan/sweep.ts'
import { ordinaryControls } from './controls.ts'
import type { Experiment } from './experiment.ts'

export interface Probe {
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  readonly number: number
  readonly packet: AddressedPacket
}

export const explainExperiment = (
  firewall: Firewall,
  lab: LabPlan,
  probe: Probe,
): Experiment<Sweep> => ({
  lab,
  sides: [{ firewall }],
  controls: (family) =>
    family === probe.family ? ordinaryControls(lab, family, [probe], [probe.protocol]) : [],
  plan: (_, rules) => ({ sweeps: [sweepOf(probe, settingsOf(factsIn(rules), probe))] }),
})

const factsIn = (rules: Parameters<Experiment<Sweep>['plan']>[1]) =>
  rules.flatMap((one) => (one ? [one.facts] : []))

const sweepOf = (
  { number, ...probe }: Probe,
  { repetitions }: ReturnType<typeof settingsOf>,
): Sweep => ({
  ...probe,
  numbers: PortSet.of(number),
  classes: [{ from: number, to: number, value: number }],
  ...{ repetitions, answer: 'reply' },
})
