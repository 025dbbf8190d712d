/** Rules that end a chain for every packet, or for every packet of one family or protocol. */

import type { Test } from '../analysis/conditions.ts'
import type { Family } from '../net/protocol.ts'
import { type Json, textIn, within } from '../nft/json.ts'
import { familyOf } from '../nft/rule-family.ts'
import type { Difference } from './differing.ts'

/** The packets to which a statement applies. Absent: every family, every protocol. */
interface Applies {
  readonly family?: Family
  readonly protocol?: number
}

/** The rule that ends the chain before it, for every packet that satisfies it. */
export function deadBehind(difference: Difference): string | undefined {
  if (difference.kind === 'policy' || difference.past) return undefined
  const { chain, asked } = difference
  const rule = chain.rules[asked.atom.index]
  const family = rule && familyOf(rule)
  const tests: readonly Test[] = [
    ...asked.tests,
    ...(family ? [{ kind: 'family', family } as const] : []),
  ]
  const ending = chain.rules
    .slice(0, asked.atom.index)
    .find(({ statements }) => endsFor(statements, tests))
  return ending?.where.text
}

function endsFor(statements: readonly Json[], tests: readonly Test[]): boolean {
  const kinds = statements.map((one) => Object.keys(one)[0] ?? '')
  if (!kinds.every((kind) => /^(?:counter|log|accept|drop|reject|return)$/.test(kind))) return false
  return statements.some((statement) => {
    const applies = appliesTo(statement)
    return applies !== undefined && isWithin(tests, applies)
  })
}

/** Undefined if the statement ends nothing. */
function appliesTo(statement: Json): Applies | undefined {
  if ('accept' in statement || 'drop' in statement || 'return' in statement) return {}
  if (!('reject' in statement)) return undefined
  const type = textIn(within(statement, 'reject') ?? {}, 'type')
  // The kernel ignores the statement for other packets (nft_reject_inet.c, nft_reject_ipv4.c).
  switch (type) {
    case 'icmp':
      return { family: 4 }
    case 'icmpv6':
      return { family: 6 }
    case 'tcp reset':
      return { protocol: 6 }
    default:
      return {}
  }
}

/** Whether every packet that passes the tests is one of these. */
function isWithin(tests: readonly Test[], { family, protocol }: Applies): boolean {
  const isFamily = tests.some((one) => one.kind === 'family' && one.family === family)
  const isProtocol = tests.some(
    (one) =>
      one.kind === 'number' &&
      one.field === 'protocol' &&
      !one.isNot &&
      one.mask === undefined &&
      one.intervals.every(([from, to]) => Number(from) === protocol && Number(to) === protocol),
  )
  return (family === undefined || isFamily) && (protocol === undefined || isProtocol)
}
