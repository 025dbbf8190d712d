/** The kernel's trace of single probes, with the positions of the rules that they met. */
import type { SourceLine } from '../../src/firewall/firewall.ts'
import { locateChains } from '../../src/nft/chain-source-map.ts'
import type { Sweep } from '../../src/plan/sweep.ts'
import type { Evidence } from '../../src/result/result.ts'
import type { Walk, WalkStep } from '../../src/result/trace.ts'
import { specOf } from './measure.ts'
import type { Session } from './session.ts'

/** At most this many rows of a table are traced. Further wrong rows usually have the same cause. */
const TRACED_ROWS = 24

interface Numbered {
  readonly from: number
}

/** For the first number of each range, up to a limit; none if the firewall is another machine. */
export async function evidenceOf(
  session: Session,
  sweep: Sweep,
  wrong: readonly Numbered[],
): Promise<ReadonlyMap<number, Evidence>> {
  const numbers = wrong.slice(0, TRACED_ROWS).map(({ from }) => from)
  if (numbers.length === 0) return new Map()
  // As it was before a limit was used up: a rule that no longer holds is not traced.
  if (sweep.repetitions > 0) await session.reload()
  const walked = await walks(session, sweep, numbers)
  return new Map(
    walked.flatMap(({ probe, steps }, i) => {
      const number = numbers[i]!
      return [[number, { number, probe, trace: steps }] as const]
    }),
  )
}

/** One of each number. */
export async function walks(
  { lab, places, firewall }: Session,
  sweep: Pick<Sweep, 'from' | 'to' | 'protocol' | 'packet' | 'id' | 'inFlow'>,
  numbers: readonly number[],
): Promise<Walk[]> {
  const traces = await lab.trace({ ...specOf(sweep), numbers })
  const chains = locateChains(firewall)
  return traces.map(({ probe, steps }) => ({
    probe,
    steps: steps.map((step) => {
      const at = places.get(`${step.family} ${step.table} ${step.handle}`) ?? ofPolicy(step, chains)
      return at ? { ...step, at } : step
    }),
  }))
}

/** What a chain's policy decided stands where the chain does. */
const ofPolicy = (
  { rule, family, table, chain }: WalkStep,
  chains: ReadonlyMap<string, SourceLine>,
): SourceLine | undefined =>
  rule === undefined ? chains.get(`${family} ${table} ${chain}`) : undefined
