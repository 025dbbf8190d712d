/** Runs the controls of a lab, before all other probes. */
import { controlNumbers, controlResult, DROP_ALL } from '../../src/compare/control-run.ts'
import type { Control } from '../../src/compare/experiment.ts'
import type { ControlResult } from '../../src/result/result.ts'
import type { Lab } from '../sandbox/sandbox.ts'

/** Every path without rules, then every path with all dropped, in this order; the drop-all ruleset is loaded afterwards. */
export async function runControls(
  lab: Lab,
  controls: readonly Control[],
): Promise<readonly ControlResult[]> {
  const run: ControlResult[] = []
  for (const control of controls) run.push(await runControl(lab, control, 'none'))
  await lab.load(DROP_ALL)
  for (const control of controls) run.push(await runControl(lab, control, 'drop-all'))
  return run
}

async function runControl(
  lab: Lab,
  control: Control,
  ruleset: ControlResult['ruleset'],
): Promise<ControlResult> {
  const { from, to, packet, protocol, answer } = control
  const numbers = controlNumbers(protocol).ranges
  const { observed } = await lab.sweep({ from, to, ...packet, protocol, numbers, answer })
  return controlResult(control, ruleset, observed)
}
