/** The family of the packets that a rule can match. */
import type { Family } from '../net/protocol.ts'
import { isObject, type Json, textIn, within } from './json.ts'
import type { Rule } from './rule.ts'

/** Undefined: both families. */
export function familyOf({ where, statements }: Rule): Family | undefined {
  if (where.family === 'ip') return 4
  if (where.family === 'ip6') return 6
  for (const statement of statements) {
    const match = within(statement, 'match')
    const family = match && match.op === '==' ? asks(match) : undefined
    if (family) return family
  }
  return undefined
}

const NAMES: Readonly<Record<string, Family>> = {
  ip: 4,
  ipv4: 4,
  icmp: 4,
  ip6: 6,
  ipv6: 6,
  icmpv6: 6,
}

function asks({ left, right }: Json): Family | undefined {
  const parts = isObject(left) ? left.concat : undefined
  if (Array.isArray(parts))
    return parts.map((part) => asks({ left: part })).find((family) => family !== undefined)
  const inner = isObject(left) && Array.isArray(left['&']) ? left['&'][0] : left
  const protocol = textIn(within(inner, 'payload') ?? {}, 'protocol')
  const key = textIn(within(inner, 'meta') ?? {}, 'key')
  if (protocol !== undefined && protocol !== 'ether') return NAMES[protocol]
  return key === 'nfproto' || key === 'protocol' || protocol === 'ether'
    ? NAMES[String(right)]
    : undefined
}
