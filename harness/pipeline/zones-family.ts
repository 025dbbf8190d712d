/** One family of a given firewall: eyes proved, firewall loaded, every planned sweep made and judged. */
import { factsOf } from '../../src/analysis/extract.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import { PROTOCOLS } from '../../src/net/protocol.ts'
import { type EndpointPath, numbersAsked, type ZoneSubject } from '../../src/plan/zone-sweep.ts'
import { pathsBetween, planZones } from '../../src/plan/zones.ts'
import { untestedByZones } from '../../src/plan/zones-untested.ts'
import { dormantRemarks } from '../../src/result/remarks.ts'
import type { ControlResult } from '../../src/result/result.ts'
import { untestedResult } from '../../src/result/untested.ts'
import { inLab } from '../provider/open-lab.ts'
import { openSession, type Session } from './session.ts'
import { specOf, type ZoneWork } from './zones-context.ts'
import { sweepEndpoints } from './zones-sweep.ts'

export async function runZonesFamily(work: ZoneWork): Promise<void> {
  const { sandbox, options, prepared, subject, family } = work
  const controlled = controlPathsOf(subject, family)
  if (controlled.length === 0) return
  const provider = options.providers?.get(prepared.scenario.id)
  const opened = await openSession(sandbox, prepared.firewall, {
    plan: subject.plan,
    ...{ family, paths: [], protocols: [], longest: LONGEST },
    controlled: controlled.map(({ path, protocol }) => specOf(path, protocol)),
    faults: options.faults,
    provider,
  })
  await inLab(opened.lab, provider !== undefined, () => sweepAll(work, opened, controlled))
}

async function sweepAll(
  work: ZoneWork,
  opened: Session,
  controlled: readonly ControlPath[],
): Promise<void> {
  const { prepared, subject, family, findings, onEvent } = work
  findings.controls.push(...withNames(opened.controls, controlled))
  for (const { passed, reason } of findings.controls)
    if (!passed) findings.problems.push(`IPv${family}: a control failed: ${reason}`)
  if (findings.problems.length === 0) {
    const { sweeps, notes } = planZones(subject, family, factsOf(opened.inspection))
    findings.notes.push(...notes)
    findings.remarks.push(...dormantRemarks(opened.inspection.dormant))
    const untested = untestedByZones(opened.inspection, subject, family)
    findings.untested.push(...untested.map((rule) => untestedResult(rule, opened.places)))
    onEvent({
      kind: 'planned',
      scenario: prepared.scenario.id,
      family,
      sweeps: sweeps.length,
      numbers: sweeps.reduce((sum, { numbers }) => sum + numbers.size, 0),
    })
    for (const sweep of sweeps) await sweepEndpoints(work, opened, sweep)
  }
}

/** Bytes of the longest packet that a probe is made to be. */
const LONGEST = 1500

interface ControlPath {
  readonly path: EndpointPath
  readonly protocol: Protocol
}

/** Between zones every protocol; of what leads to a host and from one, one of them is enough. */
function controlPathsOf(subject: ZoneSubject, family: Family): ControlPath[] {
  return pathsBetween(subject, family).flatMap((path) => {
    const asked = PROTOCOLS.filter(
      (protocol) => !numbersAsked(subject, path, family, protocol).isEmpty,
    )
    const isPlain = path.from.name === path.from.zone && path.to.name === path.to.zone
    return (isPlain ? asked : asked.slice(0, 1)).map((protocol) => ({ path, protocol }))
  })
}

/** Controls come in the order of the eyes, without rules and then with a drop-all. */
function withNames(
  controls: readonly ControlResult[],
  controlled: readonly ControlPath[],
): ControlResult[] {
  return controls.map((control, i) => {
    const { path } = controlled[i % controlled.length]!
    return { ...control, from: path.from.name, to: path.to.name }
  })
}
