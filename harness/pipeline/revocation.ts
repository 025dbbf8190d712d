/** Revokes grants while flows that they opened are established, and checks these flows afterwards. */
import { compareFlows } from '../../src/compare/policy.ts'
import {
  expectationsOf,
  flowPorts,
  type PlannedSweep,
  remaining,
  subjectOf,
} from '../../src/plan/egress.ts'
import { projectsOf } from '../../src/platform/platform.ts'
import type { FlowRow } from '../../src/result/result.ts'
import { tableOf } from '../../src/ruleset/compile.ts'
import { difference } from '../../src/ruleset/difference.ts'
import { render } from '../../src/ruleset/table.ts'
import type { HandshakeReport } from '../contract/lab.ts'
import { hasOwnRules } from '../provider/open-lab.ts'
import type { Lab } from '../sandbox/sandbox.ts'
import { COMPLETED } from '../wire/handshake-steps.ts'
import { type FamilyWork, placedPath, replayOf } from './egress-context.ts'

/** False where it could not be done, which is then among the problems. */
export async function revoke(lab: Lab, work: FamilyWork): Promise<boolean> {
  const { options, findings, family } = work
  const provider = options.providers?.get(work.loaded.scenario.id)
  const given = options.ruleset?.origin ?? (hasOwnRules(provider) && provider?.name)
  if (given) {
    findings.problems.push(
      `IPv${family}: no grant was revoked: ${given} replaces the compiled policy`,
    )
    return false
  }
  const standing = await openFlows(lab, work)
  await lab.load(change(work))
  for (const { sweep, name, opened } of standing) {
    const protocol = sweep.protocol as 'tcp' | 'udp'
    const checked = await lab.checkFlows(name)
    findings.flows.set(sweep, {
      ...subjectOf({ ...sweep, protocol }),
      count: opened.observed.reduce((n, { from, to }) => n + to - from + 1, 0),
      rows: withReplays(
        work,
        sweep,
        compareFlows(expectationsOf(work.loaded.policy, sweep), isKept(work), {
          opened: opened.observed,
          completed: COMPLETED,
          checked: checked.observed,
          losses: { ...opened.losses, ...checked.losses },
        }),
      ),
    })
  }
  return true
}

function withReplays(work: FamilyWork, sweep: PlannedSweep, rows: readonly FlowRow[]): FlowRow[] {
  return rows.map((row) =>
    row.verdict === 'conforms' ? row : { ...row, replay: replayOf(work, sweep, row.from) },
  )
}

const isKept = ({ loaded }: FamilyWork): boolean => loaded.policy.grants.revoked === 'keep'

interface OpenFlows {
  /** As it is to be seen afterwards. */
  readonly sweep: PlannedSweep
  readonly name: string
  readonly opened: HandshakeReport
}

async function openFlows(lab: Lab, work: FamilyWork): Promise<OpenFlows[]> {
  const { loaded, sweeps } = work
  const standing: OpenFlows[] = []
  for (const sweep of sweeps.filter(({ after }) => after)) {
    const own = loaded.grants.filter(({ project }) => project === sweep.plan.from)
    const before = expectationsOf(loaded.policy, { ...sweep, grants: own })
    const ports = flowPorts(before, expectationsOf(loaded.policy, sweep))
    const name = `${standing.length}`
    const protocol = sweep.protocol as 'tcp' | 'udp'
    const numbers = ports.intersect(sweep.numbers).ranges
    const opened = await lab.openFlows({ ...placedPath(work, sweep), protocol, numbers, name })
    standing.push({ sweep, name, opened })
  }
  return standing
}

/** The same change that a platform would load. */
function change({ loaded }: FamilyWork): string {
  const { policy, scenario, grants } = loaded
  const projects = projectsOf(scenario)
  const after = tableOf(policy, projects, remaining(grants, scenario))
  const { commands, whole } = difference(tableOf(policy, projects, grants), after)
  return whole === undefined ? commands.map((command) => `${command}\n`).join('') : render(after)
}
