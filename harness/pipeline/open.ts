/**
 * Opens one family of an experiment: labs of one shape for all sides, controls, loading,
 * inspection, and the plan.
 */

import { failedControls } from '../../src/compare/control-run.ts'
import type { Experiment, Plan } from '../../src/compare/experiment.ts'
import type { Family } from '../../src/net/protocol.ts'
import type { Sweep } from '../../src/plan/sweep.ts'
import type { ControlResult } from '../../src/result/result.ts'
import type { FaultInjection } from '../contract/lab.ts'
import { inLab } from '../provider/open-lab.ts'
import type { Provider } from '../provider/provider.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { openSession, type Session } from './session.ts'

export interface Opened<P> {
  readonly family: Family
  readonly sessions: readonly Session[]
  readonly controls: readonly ControlResult[]
  /** Failed controls: all later results are then unknown. */
  readonly problems: readonly string[]
  readonly plan: P
}

export interface Where {
  readonly sandbox: Pick<Sandbox, 'openLab'>
  readonly faults?: FaultInjection | undefined
  /** Also inspect settings of a script other than its rules. */
  readonly withState?: boolean | undefined
  /** For each side; undefined: in its lab's own namespace. */
  readonly providers: readonly (Provider | undefined)[]
}

/** Whether a firewall is an existing target, which may end while it is measured. */
export const isHoused = ({ providers }: Pick<Where, 'providers'>): boolean =>
  providers.some((one) => one !== undefined)

export async function openExperiment<S extends Sweep, P extends Plan<S>>(
  experiment: Experiment<S, P>,
  family: Family,
  { providers, sandbox, ...more }: Where,
): Promise<Opened<P>> {
  const open = { ...more, plan: experiment.lab, family, controls: experiment.controls(family) }
  const sessions = await allOrNone(
    experiment.sides.map((side, i) =>
      openSession(sandbox, side, { ...open, provider: providers[i] }),
    ),
  )
  const controls = sessions.flatMap((one) => one.controls)
  try {
    const plan = experiment.plan(
      family,
      sessions.map(({ rules }) => rules),
    )
    return { family, sessions, controls, problems: failedControls(controls), plan }
  } catch (error) {
    return inSessions(sessions, false, () => Promise.reject(error))
  }
}

/** If one lab fails, the others are closed, because the next family may need their workers. */
async function allOrNone(opening: readonly Promise<Session>[]): Promise<readonly Session[]> {
  try {
    return await Promise.all(opening)
  } catch (error) {
    for (const one of await Promise.allSettled(opening))
      if (one.status === 'fulfilled') await one.value.lab.close().catch(() => {})
    throw error
  }
}

/**
 * Runs the work in all labs, and always closes them. `isAwaited`: one lab is in a container or a
 * namespace that may end meanwhile, and only closing shows this.
 */
export function inSessions<T>(
  [session, ...others]: readonly Session[],
  isAwaited: boolean,
  work: () => Promise<T>,
): Promise<T> {
  if (!session) return work()
  return inLab(session.lab, isAwaited, () => inSessions(others, isAwaited, work))
}
