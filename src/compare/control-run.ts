/**
 * Positive and negative controls: what they probe, and what must come of it. Without rules every
 * control probe must arrive, under drop-all none may. The same ones in every command: ports at the
 * edges, every ICMP type, every IP protocol.
 */
import { PortSet } from '../net/port-set.ts'
import { hasPorts, lastNumber, type Protocol } from '../net/protocol.ts'
import type { RangeMap, Span } from '../net/range-map.ts'
import type { Observation, Outcome } from '../result/outcome.ts'
import type { ControlResult } from '../result/result.ts'
import type { Control } from './experiment.ts'

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

export const controlNumbers = (protocol: Protocol): PortSet =>
  hasPorts(protocol) ? CONTROL_PORTS : PortSet.of({ from: 0, to: lastNumber(protocol) })

type Ruleset = ControlResult['ruleset']

export function controlResult(
  control: Control,
  ruleset: Ruleset,
  observed: RangeMap<Observation>,
): ControlResult {
  const { subject, protocol } = control
  const wrong = observed.find(({ value }) => !isRight(value.outcome, control, ruleset))
  return {
    ...{ ...subject, ruleset, probes: controlNumbers(protocol).size, passed: wrong === undefined },
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
