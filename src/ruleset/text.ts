/** Names and elements of compiled rulesets. */
import type { PortSet, Range } from '../net/port-set.ts'
import type { ExpectedBlocking } from '../policy/expectation.ts'
import { RulesetTextError } from '../quote/nft.ts'

/** The table of a policy. The prefix keeps its name different from nft's keywords. */
export function tableName(policyId: string): string {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(policyId))
    throw new RulesetTextError(
      policyId,
      'a policy id has only lower-case letters, digits and hyphens',
    )
  return `egress_${policyId.replaceAll('-', '_')}`
}

export function rangeText({ from, to }: Range): string {
  return from === to ? `${from}` : `${from}-${to}`
}

/** Numbers as nft writes them in a rule: `8`, `{ 3, 11-12 }`. */
export function anonymous(numbers: PortSet): string {
  return anonymousOf(numbers.ranges.map(rangeText))
}

/** One element, or an anonymous set of several. */
export function anonymousOf(elements: readonly string[]): string {
  return elements.length === 1 ? elements[0]! : `{ ${elements.join(', ')} }`
}

/**
 * The statement that blocks a packet in this way. If the policy accepts any way, packets are
 * dropped.
 */
export function blockingVerdict(by: ExpectedBlocking): string {
  switch (by) {
    case 'drop':
    case 'any':
      return 'drop'
    case 'tcp-reset':
      return 'reject with tcp reset'
    case 'port-unreachable':
    case 'host-unreachable':
    case 'no-route':
    case 'admin-prohibited':
      return `reject with icmpx type ${by}`
    default:
      throw new Error(`unknown way to block: ${by satisfies never}`)
  }
}
