/**
 * Which rules of a chain a packet can still reach. A rule that earlier rules leave nothing to is
 * never reached: it would only mislead its reader.
 */

import { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { End, Pair } from './zone-ends.ts'

/** The numbers of one protocol over one family. */
export interface Numbers {
  readonly family: Family
  readonly protocol: Protocol
  readonly numbers: PortSet
}

/** Of one table: its rules in their order. */
export class Reach {
  readonly #decided = new Map<string, PortSet>()

  /** Whether a packet reaches a rule with these conditions. From then on, none passes it. */
  add(pair: Pair, packets: readonly Numbers[]): boolean {
    const isReached = this.isLeft(pair, packets)
    for (const { own, key } of cellsOf(pair, packets))
      this.#decided.set(key, this.#numbers(key).union(own.numbers))
    return isReached
  }

  /** Whether some packet that meets the conditions is not decided yet. */
  isLeft(pair: Pair, packets: readonly Numbers[]): boolean {
    return cellsOf(pair, packets).some(
      ({ own, around }) =>
        !around.reduce((left, key) => left.subtract(this.#numbers(key)), own.numbers).isEmpty,
    )
  }

  #numbers(key: string): PortSet {
    return this.#decided.get(key) ?? PortSet.empty
  }
}

interface Cell {
  readonly own: Numbers
  readonly key: string
  /** The keys of all rules that meet every packet of the cell. */
  readonly around: readonly string[]
}

// A rule for an interface meets all addresses behind it. So an address that no rule names is
// decided exactly if rules for the whole interface decide it.
function cellsOf({ hook, from, to }: Pair, packets: readonly Numbers[]): Cell[] {
  const pairs = endsOf(from).flatMap((a) => endsOf(to).map((b) => ({ a, b })))
  return packets
    .filter(({ numbers }) => !numbers.isEmpty)
    .flatMap((own) => {
      const keyOf = (a: string, b: string): string =>
        [hook, a, b, own.family, own.protocol].join('\n')
      return pairs.map(({ a, b }) => ({
        own,
        key: keyOf(a[0]!, b[0]!),
        around: a.flatMap((one) => b.map((other) => keyOf(one, other))),
      }))
    })
}

/** Each part of an end by its narrowest name, followed by the wider ones. */
function endsOf({ links, set, sets, host }: End): string[][] {
  const whole = sets ?? (set === undefined ? links : [set])
  const parts = whole.length === 0 ? [''] : whole
  return parts.map((link) => (host ? [`${link} ${host.name}`, link] : [link]))
}
