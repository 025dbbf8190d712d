/** The kernel's trace of single probes, with the positions of the rules that they met. */
import type { SourceLine } from '../firewall/firewall.ts'
import type { RuleSources } from '../nft/source-map.ts'
import type { Evidence } from '../result/result.ts'
import type { TraceStep, Walk } from '../result/trace.ts'

/** The positions of the rules and the chains of a firewall. */
export interface Sources {
  readonly places: RuleSources
  readonly chains: ReadonlyMap<string, SourceLine>
}

interface Trace {
  readonly probe: string
  readonly steps: readonly TraceStep[]
}

export const located = ({ probe, steps }: Trace, sources: Sources): Walk => ({
  probe,
  steps: steps.map((step) => {
    const at = placeOf(step, sources)
    return at ? { ...step, at } : step
  }),
})

/** What a chain's policy decided stands where the chain does. */
function placeOf(
  { rule, family, table, chain, handle }: TraceStep,
  { places, chains }: Sources,
): SourceLine | undefined {
  const ofRule = places.get(`${family} ${table} ${handle}`)
  return ofRule ?? (rule === undefined ? chains.get(`${family} ${table} ${chain}`) : undefined)
}

/**
 * At most this many rows of a table are traced, in every command. Further rows usually have the same
 * cause.
 */
export const MOST_TRACED = 24

/** The first number of each range. */
export const numbersToTrace = (wrong: readonly { readonly from: number }[]): number[] =>
  wrong.slice(0, MOST_TRACED).map(({ from }) => from)

/** None if the firewall is another machine. */
export const evidenceOfWalks = (
  numbers: readonly number[],
  walked: readonly Walk[],
): ReadonlyMap<number, Evidence> =>
  new Map(
    walked.map(({ probe, steps }, i) => {
      const number = numbers[i]!
      return [number, { number, probe, trace: [...steps] }] as const
    }),
  )
