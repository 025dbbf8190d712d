/** Traces single probes. */
import { evidenceOfWalks, located, numbersToTrace } from '../../src/compare/evidence.ts'
import { locateChains } from '../../src/nft/chain-source-map.ts'
import type { Sweep } from '../../src/plan/sweep.ts'
import type { Evidence } from '../../src/result/result.ts'
import type { Walk } from '../../src/result/trace.ts'
import { type Path, specOf } from './measure.ts'
import type { Session } from './session.ts'

/** For the first number of each range, up to a limit; none if the firewall is another machine. */
export async function evidenceOf(
  session: Session,
  sweep: Sweep,
  wrong: readonly { readonly from: number }[],
): Promise<ReadonlyMap<number, Evidence>> {
  const numbers = numbersToTrace(wrong)
  return evidenceOfWalks(numbers, await freshWalks(session, sweep, numbers))
}

/** As before a limit was used up, because a rule that no longer holds is not traced. */
export async function freshWalks(
  session: Session,
  sweep: Sweep & { readonly scatters?: boolean },
  numbers: readonly number[],
): Promise<Walk[]> {
  if (numbers.length === 0) return []
  if (sweep.repetitions > 0 || sweep.scatters) await session.reload()
  return walks(session, sweep, numbers)
}

/** One of each number. */
export async function walks(
  { lab, places, firewall }: Session,
  path: Path,
  numbers: readonly number[],
): Promise<Walk[]> {
  const traces = await lab.trace({ ...specOf(path), numbers })
  const chains = locateChains(firewall)
  return traces.map((trace) => located(trace, { places, chains }))
}
