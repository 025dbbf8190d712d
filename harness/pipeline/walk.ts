/**
 * The one walk from a question to its answer, for every command: opens all sides of a family, runs
 * the controls, loads, inspects and plans; then the command measures and judges.
 */
import { type Experiment, familiesOf, type Plan } from '../../src/compare/experiment.ts'
import type { Family } from '../../src/net/protocol.ts'
import type { Sweep } from '../../src/plan/sweep.ts'
import type { NotMeasured } from '../../src/result/result.ts'
import type { Limit } from '../system/limit.ts'
import { notMeasured } from './not-measured.ts'
import { inSessions, isHoused, type Opened, openExperiment, type Where } from './open.ts'

/** The question of a command, with the steps that are its own. */
export interface Question<S extends Sweep, P extends Plan<S>, F> {
  readonly experiment: Experiment<S, P>
  readonly where: Where
  readonly signal?: AbortSignal | undefined
  /** The findings about a family before its first probe; `opened` is absent if opening failed. */
  begin(family: Family, opened?: Opened<P>): F
  /** Called before the first probe of the families that are opened together. */
  onPlans?(plans: readonly P[]): void
  /** Measures and judges. Called only if all controls pass, because else no result is reliable. */
  ask(opened: Opened<P>, found: F): Promise<void>
}

/** The answer about one family. */
export interface Answer<P, F> {
  readonly family: Family
  /** Absent if its labs could not be opened. */
  readonly opened?: Opened<P>
  /** Filled during the walk, so an interruption loses nothing. */
  readonly found: F
  /** An interruption is not a failure. */
  readonly failure?: Failure
}

interface Failure {
  readonly error: unknown
  readonly notMeasured: NotMeasured
}

const AT_ONCE: Pick<Limit, 'run'> = { run: (work) => work() }

/**
 * Opens the given families together, so that the amount of work is known before the first probe.
 * Then asks about as many of them at once as the limit allows. A family that fails does not stop
 * the other.
 */
export async function walkTogether<S extends Sweep, P extends Plan<S>, F>(
  question: Question<S, P, F>,
  limit: Pick<Limit, 'run'> = AT_ONCE,
  families: readonly Family[] = familiesOf(question.experiment),
): Promise<Answer<P, F>[]> {
  const begun = await Promise.all(families.map((family) => open(question, family)))
  const plans = begun.flatMap(({ opened }) => (opened ? [opened.plan] : []))
  if (plans.length > 0 && !question.signal?.aborted) question.onPlans?.(plans)
  return Promise.all(
    begun.map((one) => {
      const { opened, found } = one
      return opened ? limit.run(() => ask(question, opened, found)) : one
    }),
  )
}

/** Opens a family only when the limit allows to ask about it. */
export async function walkEach<S extends Sweep, P extends Plan<S>, F>(
  question: Question<S, P, F>,
  limit: Pick<Limit, 'run'>,
): Promise<Answer<P, F>[]> {
  const families = familiesOf(question.experiment)
  const answers = families.map((family) =>
    limit.run(() => walkTogether(question, AT_ONCE, [family])),
  )
  return (await Promise.all(answers)).flat()
}

async function open<S extends Sweep, P extends Plan<S>, F>(
  { experiment, where, signal, begin }: Question<S, P, F>,
  family: Family,
): Promise<Answer<P, F>> {
  try {
    if (signal?.aborted) return { family, found: begin(family) }
    const opened = await openExperiment(experiment, family, where)
    return { family, opened, found: begin(family, opened) }
  } catch (error) {
    return { family, found: begin(family), ...failureIn(error, family, signal) }
  }
}

/**
 * The findings until a failure are kept. But if a firewall is an existing target, they are
 * discarded, because the target may have ended unnoticed.
 */
async function ask<S extends Sweep, P extends Plan<S>, F>(
  question: Question<S, P, F>,
  opened: Opened<P>,
  found: F,
): Promise<Answer<P, F>> {
  const { where, signal } = question
  const { family, sessions, problems } = opened
  try {
    await inSessions(sessions, isHoused(where), async () => {
      if (problems.length === 0 && !signal?.aborted) await question.ask(opened, found)
    })
    return { family, opened, found }
  } catch (error) {
    const failed = failureIn(error, family, signal)
    const isLost = failed.failure !== undefined && isHoused(where)
    return { family, opened, found: isLost ? question.begin(family) : found, ...failed }
  }
}

const failureIn = (
  error: unknown,
  family: Family,
  signal: AbortSignal | undefined,
): { readonly failure?: Failure } =>
  signal?.aborted ? {} : { failure: { error, notMeasured: notMeasured(error, family) } }

/** For the result of the command. */
export const failuresOf = (answers: readonly Answer<unknown, unknown>[]): NotMeasured[] =>
  answers.flatMap(({ failure }) => (failure ? [failure.notMeasured] : []))

/** Throws the first failure if no family could be opened, because then there is no result. */
export function mustBeOpened(answers: readonly Answer<unknown, unknown>[]): void {
  if (answers.some(({ opened }) => opened)) return
  for (const { failure } of answers) if (failure) throw failure.error
}
