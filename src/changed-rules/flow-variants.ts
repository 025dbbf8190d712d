/**
 * The packets of a sweep in other states of connection tracking: within flows that were opened
 * before, and resets that belong to no flow.
 */
import { boundaryNumbers } from '../analysis/equivalence-classes.ts'
import { PortSet } from '../net/port-set.ts'
import type { RangeMap } from '../net/range-map.ts'
import { IN_FLOW, STRAY } from '../result/diff.ts'
import { candidatesFor, type Links } from './candidates.ts'
import { ICMP_ABOUT, ICMP_REQUESTS } from './connection-state.ts'
import type { Demand } from './demands.ts'
import type { Sent } from './sent.ts'

const [RST, ACK] = [0x04, 0x10]
/** Up to this many ports are all probed. Of more ports, only the edges of classes are probed. */
const FEW = 64

/** The parts of a sweep other than its packets. */
export interface Labelled extends Sent {
  readonly combination: string
  readonly ordinary: boolean
  readonly detail: 'all' | 'boundaries'
  readonly classes: RangeMap<number>
}

/** The variants of a sweep whose packets open flows. Other sweeps have none. */
export function flowVariants<T extends Labelled>(sent: T): T[] {
  const { protocol, packet, answer } = sent
  if (answer !== 'reply' || protocol === 'ip' || packet.flags !== undefined) return []
  const numbers = edgesOf(sent)
  const one = { ...sent, numbers, ordinary: false, detail: 'boundaries' as const }
  const inFlow = { ...one, combination: labelled(IN_FLOW, sent), inFlow: true }
  switch (protocol) {
    case 'tcp':
      return [
        { ...inFlow, packet: { ...packet, flags: ACK } },
        { ...one, combination: labelled(STRAY, sent), packet: { ...packet, flags: RST } },
      ]
    case 'udp':
      return [inFlow]
    case 'icmp': {
      const { family } = sent
      const own = PortSet.of(...ICMP_REQUESTS[family], ...ICMP_ABOUT[family])
      return [{ ...inFlow, numbers: own.intersect(sent.numbers) }]
    }
    default:
      throw new Error(`unknown protocol ${protocol satisfies never}`)
  }
}

const labelled = (name: string, { ordinary, combination }: Labelled): string =>
  ordinary ? name : `${name}, ${combination}`

function edgesOf({ numbers, classes }: Labelled): PortSet {
  if (numbers.size <= FEW) return numbers
  const ends = numbers.ranges.flatMap(({ from, to }) => [from, to])
  return boundaryNumbers(classes)
    .union(PortSet.of(...ends))
    .intersect(numbers)
}

/** At most this many variants of one demand are examined. */
const MOST_VARIANTS = 4096

/** For one demand after the other, chooses variants whose packets may reach the rule. */
export class FlowChoice<T extends Labelled> {
  readonly #variants: readonly T[]
  readonly #links: Links
  readonly #chosen = new Set<T>()

  constructor(sent: readonly T[], links: Links) {
    this.#variants = sent.flatMap(flowVariants).filter(({ numbers }) => !numbers.isEmpty)
    this.#links = links
  }

  /** In the order of the sweeps that they are variants of. */
  get chosen(): T[] {
    return this.#variants.filter((one) => this.#chosen.has(one))
  }

  get isAll(): boolean {
    return this.#chosen.size === this.#variants.length
  }

  /** For each path and protocol the most certain variant, ordinary packets first. */
  add({ root, tests }: Demand): void {
    // The kernel shows a nat chain only the first packet of a flow.
    if (root.base?.type === 'nat') return
    const asked = { tests, hook: root.base?.hook ?? '', links: this.#links }
    const best = new Map<string, { readonly variant: T; readonly isSure: boolean }>()
    for (const variant of this.#variants.slice(0, MOST_VARIANTS)) {
      const { from, to, protocol, inFlow = false } = variant
      const key = `${from} ${to} ${protocol} ${inFlow}`
      if (best.get(key)?.isSure) continue
      const own = candidatesFor([variant], asked).filter(({ isReply }) => !isReply)
      if (own.length === 0) continue
      const isSure = own.some(({ answer }) => answer === 'yes')
      if (isSure || !best.has(key)) best.set(key, { variant, isSure })
    }
    for (const { variant } of best.values()) this.#chosen.add(variant)
  }
}
