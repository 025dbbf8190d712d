/** One sweep, as every command plans it: its sender, its target, its ports and its repetitions. */
import { boundaryNumbers, portClasses } from '../analysis/equivalence-classes.ts'
import { withKernelGroups } from '../analysis/kernel-groups.ts'
import { repetitionsOf } from '../analysis/repetitions.ts'
import type { AddressedPacket } from '../net/packet-fields.ts'
import { PortSet } from '../net/port-set.ts'
import { type Family, lastNumber, type Protocol } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { answersTo } from './answers.ts'

export interface Sweep {
  /** Its position in the whole plan, the same in every shard; absent if plans are never divided. */
  readonly id?: number
  /** Zones of the lab, or FIREWALL. */
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  readonly packet: AddressedPacket
  readonly numbers: PortSet
  /** The target's answer. */
  readonly answer: 'reply' | 'icmp-error'
  /** Each probe belongs to a flow that was opened before. */
  readonly inFlow?: boolean
  /** Numbers that no firewall of the command distinguishes. */
  readonly classes: RangeMap<number>
  /** The number of repetitions of each class; 0 if no rule is stateful. */
  readonly repetitions: number
}

/**
 * All numbers of a sweep. Of IP protocols, those without a sweep of their own: a packet of TCP or UDP
 * always has ports, so rules about ports would decide about its protocol.
 */
export function sweptNumbers(protocol: Protocol, family: Family): PortSet {
  const all = PortSet.of({ from: 0, to: lastNumber(protocol) })
  return protocol === 'ip' ? all.subtract(PortSet.of(...OWN_SWEEPS[family])) : all
}

/** ICMP, TCP and UDP. */
const OWN_SWEEPS: Readonly<Record<Family, readonly number[]>> = { 4: [1, 6, 17], 6: [58, 6, 17] }

interface Kind {
  readonly family: Family
  readonly protocol: Protocol
}

/**
 * The sweep settings for ordinary packets through these rulesets; without rulesets: through
 * stateless rules.
 */
export function settingsOf(
  facts: readonly RuleFacts[],
  { family, protocol }: Kind,
): Pick<Sweep, 'classes' | 'repetitions'> {
  if (facts.length === 0) return { classes: [], repetitions: 0 }
  return {
    classes: withKernelGroups(portClasses(facts, { family, protocol }), protocol, family),
    repetitions: repetitionsOf(facts, { protocol, family, level: 'ordinary' }),
  }
}

/** Both sides of every edge of the rules, for packets and for their answers. */
export function tellingNumbers(facts: RuleFacts, kind: Kind): PortSet {
  const before = known.get(facts) ?? new Map<string, PortSet>()
  known.set(facts, before)
  const key = `${kind.family} ${kind.protocol}`
  const own = [facts]
  const numbers =
    before.get(key) ?? boundaryNumbers(settingsOf([...own, ...answersTo(own)], kind).classes)
  before.set(key, numbers)
  return numbers
}

/** Kept, because every variant of a packet needs them. */
const known = new WeakMap<RuleFacts, Map<string, PortSet>>()
