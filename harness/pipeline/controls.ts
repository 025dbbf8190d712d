/**
 * Positive and negative controls run first: without rules every control probe
 * must arrive, under drop-all none may.
 */

import { PortSet } from '../../src/net/port-set.ts'
import { type Family, lastNumber, type Protocol } from '../../src/net/protocol.ts'
import type { Span } from '../../src/net/range-map.ts'
import { type PlannedSweep, subjectOf } from '../../src/plan/egress.ts'
import type { ControlFinding } from '../../src/plan/findings.ts'
import { pathKey } from '../../src/plan/order.ts'
import type { Observation, Outcome } from '../../src/result/outcome.ts'
import type { ControlResult } from '../../src/result/result.ts'
import type { PathSpec } from '../contract/lab.ts'
import type { Lab } from '../sandbox/sandbox.ts'

const TABLE = 'inet nftproof_control'

export const DROP_ALL = `table ${TABLE} {
${['input', 'forward', 'output']
  .map((hook) => `  chain ${hook} {\n    type filter hook ${hook} priority 0; policy drop;\n  }\n`)
  .join('')}}
`

/** Removes DROP_ALL where it is there, within the transaction that it ends. */
export const REMOVE_DROP_ALL = `\ntable ${TABLE}\ndelete table ${TABLE}\n`

// Both ends of the range, of the well-known and of the registered ports (RFC
// 6335 §6), and a few that policies like to name.
const CONTROL_PORTS = PortSet.parse(
  '0,1,22,53,80,443,1023-1025,8080,32767,32768,49151,49152,65534,65535',
)

/** The same for paths of a lab that is no scenario's. */
export async function controlPaths(
  lab: Lab,
  paths: readonly PathSpec[],
  family: Family,
  ruleset: ControlResult['ruleset'],
): Promise<ControlResult[]> {
  const results: ControlResult[] = []
  for (const path of paths) {
    const { from, to, protocol } = path
    const numbers = fewNumbers(protocol, family)
    const report = await lab.sweep({ ...path, numbers: numbers.ranges, answer: 'reply' })
    const wrong = report.observed.find(({ value }) => !isAsControlled(value.outcome, ruleset))
    const reason = wrong && explain(wrong, { spoofed: false, protocol }, ruleset)
    results.push({
      ...{ from, to, family, protocol, ruleset, probes: numbers.size },
      passed: wrong === undefined,
      ...(reason === undefined ? {} : { reason: `${from} → ${to}: ${reason}` }),
    })
  }
  return results
}

/** Every IP protocol would be too much of a good thing: echoes, and what has ports. */
function fewNumbers(protocol: Protocol, family: Family): PortSet {
  if (protocol === 'icmp') return PortSet.of(family === 4 ? 8 : 128)
  return protocol === 'ip' ? PortSet.of(6, 17, 47) : CONTROL_PORTS
}

function isAsControlled({ kind }: Outcome, ruleset: ControlResult['ruleset']): boolean {
  return kind === (ruleset === 'none' ? 'open' : 'dropped')
}

/** Probes the path of each of `sweeps` with the ruleset that is loaded now. */
export async function control(
  lab: Lab,
  sweeps: readonly PlannedSweep[],
  ruleset: ControlResult['ruleset'],
): Promise<ControlFinding[]> {
  const findings: ControlFinding[] = []
  for (const sweep of sweeps) {
    const numbers = controlNumbers(sweep)
    const { plan, protocol, source, target } = sweep
    const report = await lab.sweep({
      from: plan.from,
      to: plan.to,
      source,
      target,
      protocol,
      numbers: numbers.ranges,
      answer: plan.answer,
    })
    const wrong = report.observed.find((span) => !isRight(span.value.outcome, sweep, ruleset))
    const result = {
      ...subjectOf(sweep),
      ruleset,
      probes: numbers.size,
      passed: wrong === undefined,
      ...(wrong ? { reason: explain(wrong, sweep, ruleset) } : {}),
    }
    findings.push({ path: pathKey(sweep), result })
  }
  return findings
}

function controlNumbers({ protocol }: PlannedSweep): PortSet {
  if (protocol === 'tcp' || protocol === 'udp') return CONTROL_PORTS
  return PortSet.of({ from: 0, to: lastNumber(protocol) })
}

/** The answer to a spoofed source goes to whom it belongs to, so its sender gets none. */
function isRight({ kind }: Outcome, { spoofed }: PlannedSweep, ruleset: string): boolean {
  if (ruleset === 'drop-all') return kind === 'dropped'
  return kind === 'open' || (spoofed && kind === 'one-way')
}

function explain(
  { from, value }: Span<Observation>,
  { spoofed, protocol }: Pick<PlannedSweep, 'spoofed' | 'protocol'>,
  ruleset: ControlResult['ruleset'],
): string {
  const wanted = ruleset === 'drop-all' ? 'dropped' : spoofed ? 'at the target' : 'open'
  const rules = ruleset === 'none' ? 'without any rules' : 'with a ruleset that drops everything'
  return `${rules}, ${protocol} ${from} must be ${wanted} and was ${value.outcome.kind}`
}
