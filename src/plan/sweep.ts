/** One sweep, as every command plans it: its sender, its target, its ports and its repetitions. */
import { boundaryNumbers, portClasses } from '../analysis/equivalence-classes.ts'
import { withKernelGroups } from '../analysis/kernel-groups.ts'
import { repetitionsOf } from '../analysis/repetitions.ts'
import type { AddressedPacket } from '../net/packet-fields.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { answersTo } from './answers.ts'

export interface Sweep {
  /** Its place in the whole plan, whatever part of that is carried out; absent where plans are never divided. */
  readonly id?: number
  /** Zones of the lab, or FIREWALL. */
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  readonly packet: AddressedPacket
  readonly numbers: PortSet
  /** What the target answers with. */
  readonly answer: 'reply' | 'icmp-error'
  /** Each probe belongs to a flow that was opened before. */
  readonly inFlow?: boolean
  /** Numbers that no firewall of the command tells apart. */
  readonly classes: RangeMap<number>
  /** How often each class is probed again; 0 where no rule remembers anything. */
  readonly repetitions: number
}

interface Kind {
  readonly family: Family
  readonly protocol: Protocol
}

/** How ordinary packets are swept through these rulesets; without any: through rules that remember nothing. */
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

/** Both sides of every edge that rules make, of packets or of the answers to them. */
export function tellingNumbers(facts: RuleFacts, kind: Kind): PortSet {
  const own = [facts]
  return boundaryNumbers(settingsOf([...own, ...answersTo(own)], kind).classes)
}
