/**
 * Positive and negative controls run first. Without rules every control probe must arrive; with a
 * drop-all ruleset none may. The controls are the same in every command: ports at the edges, every
 * ICMP type, every IP protocol.
 */

import type { Control } from '../../src/compare/experiment.ts'
import { PortSet } from '../../src/net/port-set.ts'
import { hasPorts, lastNumber, type Protocol } from '../../src/net/protocol.ts'
import type { Span } from '../../src/net/range-map.ts'
import type { Observation, Outcome } from '../../src/result/outcome.ts'
import type { ControlResult } from '../../src/result/result.ts'
import type { Lab } from '../sandbox/sandbox.ts'

const TABLE = 'inet nftproof_control'

export const DROP_ALL = `table ${TABLE} {
${['input', 'forward', 'output']
  .map((hook) => `  chain ${hook} {\n    type filter hook ${hook} priority 0; policy drop;\n  }\n`)
  .join('')}}
`

// Both ends of the range, of the well-known and of the registered ports (RFC
// 6335 §6), and a few that policies like to name.
const CONTROL_PORTS = PortSet.parse(
  '0,1,22,53,80,443,1023-1025,8080,32767,32768,49151,49152,65534,65535',
)

const numbersOf = (protocol: Protocol): PortSet =>
  hasPorts(protocol) ? CONTROL_PORTS : PortSet.of({ from: 0, to: lastNumber(protocol) })

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

type Ruleset = ControlResult['ruleset']

async function runControl(lab: Lab, control: Control, ruleset: Ruleset): Promise<ControlResult> {
  const { from, to, packet, protocol, answer, subject } = control
  const numbers = numbersOf(protocol)
  const path = { from, to, ...packet, protocol }
  const { observed } = await lab.sweep({ ...path, numbers: numbers.ranges, answer })
  const wrong = observed.find(({ value }) => !isRight(value.outcome, control, ruleset))
  return {
    ...{ ...subject, ruleset, probes: numbers.size, passed: wrong === undefined },
    ...(wrong
      ? { reason: `${subject.from} → ${subject.to}: ${explain(wrong, control, ruleset)}` }
      : {}),
  }
}

function isRight({ kind }: Outcome, { isSpoofed }: Control, ruleset: Ruleset): boolean {
  if (ruleset === 'drop-all') return kind === 'dropped'
  return kind === 'open' || (isSpoofed === true && kind === 'one-way')
}

function explain(
  { from, value }: Span<Observation>,
  { isSpoofed, protocol }: Control,
  ruleset: Ruleset,
): string {
  const wanted = ruleset === 'drop-all' ? 'dropped' : isSpoofed ? 'at the target' : 'open'
  const rules = ruleset === 'none' ? 'without any rules' : 'with a ruleset that drops everything'
  return `${rules}, ${protocol} ${from} must be ${wanted} and was ${value.outcome.kind}`
}

/** Of those that failed, what a result says: nothing that follows can be believed. */
export const failedControls = (controls: readonly ControlResult[]): string[] =>
  controls
    .filter(({ passed }) => !passed)
    .map(({ family, reason }) => `IPv${family}: a control failed: ${reason}`)
