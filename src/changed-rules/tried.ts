/**
 * The kernel's traces of single probes → whether they tested a difference, and which rule shadowed
 * it.
 */
import type { Chain } from '../nft/chains.ts'
import type { TraceStep } from '../result/trace.ts'
import type { Demand } from './demands.ts'

export type Judged =
  | { readonly state: 'tried' }
  /** An earlier rule decided. */
  | { readonly state: 'shadowed'; readonly by: TraceStep }

/** A traced packet, with the witnesses whose conditions it satisfied. */
export interface Traced {
  readonly witnesses: readonly number[]
  readonly steps: readonly TraceStep[]
}

/** One probe with its answers. */
export interface Exercised {
  readonly packets: readonly Traced[]
  /** According to all known values, the probe itself satisfies the conditions. */
  readonly isSure: boolean
}

/** `id`: of the demand's witness. Undefined if no probe satisfied it. */
export function judgeDemand(
  demand: Demand,
  id: number,
  exercised: readonly Exercised[],
): Judged | undefined {
  const packets = exercised.flatMap(({ packets: own, isSure }) =>
    own.map(({ witnesses, steps }, i) => ({
      steps,
      isAsked: witnesses.includes(id),
      isSure: isSure && i === 0,
    })),
  )
  if (packets.some((packet) => isTried(demand, packet))) return { state: 'tried' }
  for (const packet of packets) {
    const by = packet.isAsked || packet.isSure ? shadowing(demand, packet.steps) : undefined
    if (by) return { state: 'shadowed', by }
  }
  return undefined
}

interface Packet {
  readonly steps: readonly TraceStep[]
  readonly isAsked: boolean
  readonly isSure: boolean
}

function isTried({ difference }: Demand, { steps, isAsked }: Packet): boolean {
  if (difference.kind === 'policy')
    return steps.some((step) => isIn(step, difference.chain) && isPolicy(step))
  const { asked, past, chain } = difference
  if (past) return isAsked
  const handle = chain.isLegacy ? asked.atom.index + 1 : asked.atom.where.handle
  const met = steps.some((step) => isIn(step, chain) && step.handle === handle)
  return met && (isAsked || asked.atom.isWhole)
}

/** The step that decided before the rule was reached. */
function shadowing(demand: Demand, steps: readonly TraceStep[]): TraceStep | undefined {
  const { root, difference } = demand
  if (difference.kind === 'rule' && cameBy(difference.chain, difference.asked.atom.index, steps))
    return undefined
  // No packet of these steps is a frame of a bridge, or ARP.
  if (root.family === 'bridge' || root.family === 'arp') return undefined
  const last = steps.at(-1)
  if (last && /^(?:policy )?(?:drop|reject|stolen|queue)$/.test(last.verdict)) return last
  // A packet that another table accepts still reaches this one.
  return steps.findLast(
    (step) =>
      step.table === root.table &&
      step.family === familyOf(root) &&
      step.hook === root.base?.hook &&
      /^(?:policy )?accept$/.test(step.verdict),
  )
}

/** Whether the packet passed the rule's position in its chain without matching it. */
function cameBy(chain: Chain, index: number, steps: readonly TraceStep[]): boolean {
  const places = new Map(
    chain.rules.map(({ where }, i) => [chain.isLegacy ? i + 1 : where.handle, i]),
  )
  return steps.some(
    (step) =>
      isIn(step, chain) && (step.handle === undefined || (places.get(step.handle) ?? -1) >= index),
  )
}

const isIn = (step: TraceStep, chain: Chain): boolean =>
  step.family === familyOf(chain) && step.table === chain.table && step.chain === chain.name

/** The form of steps in legacy tables: rules are counted, and their index is their handle. */
const familyOf = ({ family, isLegacy }: Chain): string => (isLegacy ? `legacy ${family}` : family)

const isPolicy = ({ verdict }: TraceStep): boolean => verdict.startsWith('policy ')
