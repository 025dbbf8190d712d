/**
 * Finds out whether every differing rule was exercised: by the kernel's trace of single probes of
 * the comparison.
 */
import { setImmediate } from 'node:timers/promises'
import { type Candidate, candidatesFor } from '../../src/changed-rules/candidates.ts'
import {
  concludeDifference,
  type MarkUse,
  type Trial,
  type TriedDifference,
} from '../../src/changed-rules/conclusion.ts'
import { type Demand, demandsOf } from '../../src/changed-rules/demands.ts'
import {
  type Difference,
  type Differing,
  differingRules,
} from '../../src/changed-rules/differing.ts'
import { type IsKnown, knownParts } from '../../src/changed-rules/known-parts.ts'
import { asksMarks } from '../../src/changed-rules/marks.ts'
import type { Sent } from '../../src/changed-rules/sent.ts'
import { type Exercised, type Judged, judgeDemand } from '../../src/changed-rules/tried.ts'
import { notAsked, type Scope } from '../../src/changed-rules/untested-reasons.ts'
import { Ways } from '../../src/changed-rules/ways.ts'
import type { Inspection, SourceLine } from '../../src/firewall/firewall.ts'
import { locateChains } from '../../src/nft/chain-source-map.ts'
import { type Chains, chainsOf } from '../../src/nft/chains.ts'
import { locateSaved } from '../../src/nft/iptables-source-map.ts'
import type { Side } from '../../src/result/changed-rules.ts'
import type { TraceStep } from '../../src/result/trace.ts'
import type { ExerciseSpec, SweepSpec } from '../contract/lab.ts'
import { witnessOf } from './diff-witnesses.ts'
import { specOf } from './measure.ts'
import type { Inspected, Sides } from './session.ts'

/** The number of probes for one loading of the witnesses. */
const AT_ONCE = 256
/** At most this many differences of one side are tried. The others are reported as untested. */
const MOST_DIFFERENCES = 20_000
/** The number of candidates of a rule that are tried first. */
const FIRST = 3
/** The packet of a stateful rule is sent this often. */
const REPEATED = 8

/** The differences between two loaded firewalls. */
export interface LoadedDifferences extends Differing {
  readonly chains: Readonly<Record<Side, Chains>>
  readonly ways: Readonly<Record<Side, Ways>>
}

/** Undefined if nothing differs. */
export function differencesOf({ old, new: young }: Sides): LoadedDifferences | undefined {
  const [before, after] = [old.rules.inspection, young.rules.inspection]
  if (isTheSame(before, after)) return undefined
  const chains = { old: chainsOf(before), new: chainsOf(after) }
  const differing = differingRules(chains.old, chains.new)
  if (differing.differences.length === 0) return undefined
  const { atoms } = differing
  const ways = { old: new Ways(chains.old, atoms.old), new: new Ways(chains.new, atoms.new) }
  return { ...differing, chains, ways }
}

export async function tryDifferences(
  sides: Sides,
  { differences, atoms, chains, ways }: LoadedDifferences,
  sent: readonly Sent[],
  scope: Scope,
): Promise<TriedDifference[]> {
  // Taken together only where it is asked for.
  const knownOf = (other: Side): IsKnown => {
    let known: IsKnown | undefined
    return (own, part) => {
      known ??= knownParts(
        differences
          .filter(({ side }) => side === other)
          .flatMap((one) => demandsOf(one, ways[other])),
      )
      return known(own, part)
    }
  }
  const trySide = (side: Side): Promise<TriedDifference[]> =>
    new SideTrial(sides[side], {
      markUse: markUse(sides, chains),
      ...{ sent, scope, chains: chains[side], ways: ways[side], atoms: atoms[side] },
      isKnown: knownOf(side === 'old' ? 'new' : 'old'),
    }).run(differences.filter((one) => one.side === side))
  return (await Promise.all([trySide('old'), trySide('new')])).flat()
}

const markUse = (sides: Sides, chains: LoadedDifferences['chains']): MarkUse => ({
  isAsked: [chains.old, chains.new].some(asksMarks),
  routes: [sides.old, sides.new].flatMap(({ rules }) => rules.inspection.markRoutes ?? []),
})

/** Then there is nothing to take apart. */
const isTheSame = (old: Inspection, young: Inspection): boolean =>
  old.listing === young.listing &&
  old.digest === young.digest &&
  JSON.stringify([old.legacy, old.saved]) === JSON.stringify([young.legacy, young.saved])

interface OwnTrial extends Trial {
  readonly ways: Ways
}

interface Open {
  readonly demand: Demand
  readonly id: number
  readonly candidates: readonly Candidate[]
  readonly exercised: Exercised[]
  judged: Judged | undefined
}

class SideTrial {
  readonly #side: Inspected
  readonly #trial: OwnTrial
  readonly #open: Open[] = []
  readonly #places = new Map<Sent, number>()

  constructor(side: Inspected, trial: Omit<OwnTrial, 'placed'>) {
    this.#side = side
    this.#trial = { ...trial, placed: (step) => this.#placed(step) }
  }

  async run(differences: readonly Difference[]): Promise<TriedDifference[]> {
    const { ways, scope } = this.#trial
    const taken = differences.slice(0, MOST_DIFFERENCES)
    const demands = taken.map((difference) => demandsOf(difference, ways))
    for (const [id, demand] of demands.flat().entries()) {
      // Others have their turn in between, signals above all.
      if (id % AT_ONCE === 0) await setImmediate()
      if (notAsked(demand, scope) !== undefined) continue
      const candidates = this.#candidates(demand)
      this.#open.push({ demand, id, candidates, exercised: [], judged: undefined })
    }
    await this.#round((candidates) => candidates.slice(0, FIRST))
    await this.#round((candidates) => candidates.slice(FIRST))
    if (this.#isLeft && this.#mayBeLoadedAfresh) {
      // A limit may have been used up, or a set filled.
      await this.#side.reload()
      await this.#round((candidates) => candidates)
    }
    return [
      ...this.#concluded(taken, demands),
      ...differences.slice(MOST_DIFFERENCES).map((difference) => ({
        ...{ difference, state: 'untested' as const },
        reason: `only ${MOST_DIFFERENCES} differences are tried`,
      })),
    ]
  }

  #concluded(
    differences: readonly Difference[],
    demands: readonly (readonly Demand[])[],
  ): TriedDifference[] {
    const byDemand = new Map(
      this.#open.map(({ demand, candidates, judged }) => [
        demand,
        { sent: candidates.map(({ sent }) => sent), judged },
      ]),
    )
    return differences.map((difference, i) => {
      const answers = demands[i]!.map((demand) => ({ demand, asked: byDemand.get(demand) }))
      return concludeDifference(this.#trial, difference, answers)
    })
  }

  get #isLeft(): boolean {
    return this.#open.some(({ judged, candidates }) => !judged && candidates.length > 0)
  }

  get #mayBeLoadedAfresh(): boolean {
    const { target } = this.#side.firewall
    return target === undefined
  }

  #candidates({ root, tests }: Demand): Candidate[] {
    const { sent, scope } = this.#trial
    return candidatesFor(sent, { tests, hook: root.base?.hook ?? '', links: scope.links })
  }

  #placeOf(sent: Sent): number {
    if (this.#places.size === 0)
      for (const [i, one] of this.#trial.sent.entries()) this.#places.set(one, i)
    return this.#places.get(sent)!
  }

  async #round(some: (candidates: readonly Candidate[]) => readonly Candidate[]): Promise<void> {
    // One that an earlier rule decided says nothing of those that it does not decide.
    const open = this.#open.filter(({ judged }) => judged?.state !== 'tried')
    const probes = new Map<string, { sweep: SweepSpec; times?: number; of: [Open, Candidate][] }>()
    for (const one of open)
      for (const candidate of some(one.candidates)) {
        const key = `${this.#placeOf(candidate.sent)} ${candidate.number}`
        const known = probes.get(key)
        const times = remembers(one.demand) ? REPEATED : 1
        if (known) {
          known.of.push([one, candidate])
          known.times = Math.max(known.times ?? 1, times)
        } else probes.set(key, { sweep: sweepOf(candidate), times, of: [[one, candidate]] })
      }
    const all = [...probes.values()]
    for (let i = 0; i < all.length; i += AT_ONCE) await this.#exercise(all.slice(i, i + AT_ONCE))
    for (const one of open) one.judged = judgeDemand(one.demand, one.id, one.exercised)
  }

  async #exercise(
    probes: readonly { sweep: SweepSpec; times?: number; of: [Open, Candidate][] }[],
  ): Promise<void> {
    const open = new Set(probes.flatMap(({ of }) => of.map(([one]) => one)))
    const witnesses = [...open].flatMap(({ demand, id }) => witnessOf(demand, id) ?? [])
    const spec: ExerciseSpec = {
      witnesses,
      probes: probes.map(({ sweep, times = 1 }) => ({ sweep, times })),
    }
    const report = await this.#side.lab.exercise(spec)
    for (const [i, { of }] of probes.entries())
      for (const [one, { answer, isReply, sent }] of of)
        one.exercised.push({
          packets: report.probes[i]!,
          // What opened its flow came first.
          isSure: answer === 'yes' && !isReply && !sent.inFlow,
        })
  }

  #placed(step: TraceStep): string {
    const { places, firewall } = this.#side
    const chain = `${step.family} ${step.table} ${step.chain}`
    const at =
      step.rule === undefined
        ? locateChains(firewall).get(chain.replace(/^legacy /, ''))
        : (places.get(`${step.family} ${step.table} ${step.handle}`) ??
          this.#savedPlace(chain, step))
    const words = step.rule ?? `${step.verdict} of ${step.chain}`
    return at ? `${words} (${at.file}:${at.line})` : words
  }

  /** Of a rule of iptables, by its place in the chain. */
  #savedPlace(key: string, { handle }: TraceStep): SourceLine | undefined {
    const chain = this.#trial.chains.chains.get(key)
    const index = chain?.isLegacy
      ? (handle ?? 0) - 1
      : chain?.rules.findIndex(({ where }) => where.handle === handle)
    return chain && index !== undefined && index >= 0
      ? locateSaved(this.#side.firewall, chain, index)
      : undefined
  }
}

const remembers = ({ rules }: Demand): boolean =>
  rules.some(({ notVaried }) => notVaried.some(({ kind }) => kind === 'memory'))

function sweepOf({ sent, number }: Candidate): SweepSpec {
  const { answer } = sent
  return { ...specOf(sent), numbers: [{ from: number, to: number }], answer }
}
