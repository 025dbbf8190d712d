/**
 * Protocols and families of the packets that can reach a rule: by the rule's own conditions, and by
 * the jumps and verdict maps that lead to it.
 */
import { FAMILIES, type Family } from '../net/protocol.ts'
import { isObject, type Json, listOf, textIn, within } from '../nft/json.ts'
import { chainKey, type Rule } from '../nft/rule.ts'
import { familyOf } from '../nft/rule-family.ts'
import type { Ruleset } from '../nft/rules.ts'
import { protocolNumber } from '../nft/symbols.ts'
import { callersIn, verdictMapsIn } from './jump-targets.ts'
import { jumpTargetsIn } from './side-effect-free.ts'

export interface Reachability {
  readonly families: readonly Family[]
  /** Numbers of IP protocols, and ICMP_ERRORS. Absent: all. */
  readonly protocols?: readonly number[]
}

/** Not a protocol number: ICMP and ICMPv6 errors, which may answer packets of any protocol. */
export const ICMP_ERRORS = 256

/**
 * The number of jumps that are followed back. The kernel allows 16 (NFT_JUMP_STACK_SIZE) for
 * reachable chains; others may nest deeper.
 */
const MOST_JUMPS = 64

/** A condition that is not understood excludes nothing. */
export function reachabilityIn(ruleset: Ruleset): (rule: Rule) => Reachability {
  const callers = callersIn(ruleset)
  const entrances = new Set(
    ruleset.bases.map(({ family, table, name }) => `${family} ${table} ${name}`),
  )
  const chains = new Map<string, Reachability>()
  let depth = 0
  const ofChain = (rule: Rule): Reachability => {
    const key = chainKey(rule.where, rule.where.chain)
    if (entrances.has(key) || depth > MOST_JUMPS) return EVERYTHING
    const known = chains.get(key)
    if (known) return known
    // Set during the computation: a circle of jumps excludes nothing.
    chains.set(key, EVERYTHING)
    depth++
    const { chain } = rule.where
    const ways = (callers.get(key) ?? []).map((one) => intersection(of(one), wayTo(chain, one)))
    const all = ways.reduce(union, NOTHING)
    depth--
    chains.set(key, all)
    return all
  }
  const wayTo = (chain: string, { statements, where }: Rule): Reachability => {
    const maps = verdictMapsIn(statements, where, ruleset.sets)
    const others = statements.filter((statement) => !within(statement, 'vmap'))
    const isJump = others.flatMap(jumpTargetsIn).includes(chain)
    if (isJump || maps.some(({ open }) => open !== undefined)) return EVERYTHING
    return maps
      .flatMap(({ jumps }) => jumps.filter(({ target }) => target === chain))
      .map(({ match }) => only(protocolsAsked({ match })))
      .reduce(union, NOTHING)
  }
  const of = (rule: Rule): Reachability => intersection(ofChain(rule), ownReachability(rule))
  return of
}

const EVERYTHING: Reachability = { families: FAMILIES }
const NOTHING: Reachability = { families: [], protocols: [] }
const only = (protocols: readonly number[] | undefined): Reachability =>
  protocols ? { families: FAMILIES, protocols } : EVERYTHING

function union(a: Reachability, b: Reachability): Reachability {
  const families = FAMILIES.filter((one) => a.families.includes(one) || b.families.includes(one))
  return a.protocols && b.protocols
    ? { families, protocols: [...new Set([...a.protocols, ...b.protocols])] }
    : { families }
}

function intersection(a: Reachability, b: Reachability): Reachability {
  const families = a.families.filter((one) => b.families.includes(one))
  const protocols =
    a.protocols && b.protocols
      ? a.protocols.filter((one) => b.protocols!.includes(one))
      : (a.protocols ?? b.protocols)
  return protocols ? { families, protocols } : { families }
}

function ownReachability(rule: Rule): Reachability {
  const family = familyOf(rule)
  const families = family ? [family] : FAMILIES
  return rule.statements
    .map(protocolsAsked)
    .reduce<Reachability>(
      (reachability, protocols) =>
        protocols ? intersection(reachability, { families, protocols }) : reachability,
      { families },
    )
}

/** Undefined if a statement does not compare the protocol in a known way. */
function protocolsAsked(statement: Json): readonly number[] | undefined {
  const match = within(statement, 'match')
  if (!match) return undefined
  // The fields of a concatenation all belong to one packet.
  const parts = isObject(match.left) ? match.left.concat : undefined
  if (Array.isArray(parts))
    return parts.map((left) => headerOf(left)).find((protocols) => protocols !== undefined)
  const left =
    isObject(match.left) && Array.isArray(match.left['&']) ? match.left['&'][0] : match.left
  const { header = '', field } = payloadOf(left)
  const number = protocolNumber(header)
  const isPlain = match.op === '==' && left === match.left
  if (isProtocolOf(left)) return isPlain ? numbersOf(match.right)?.flatMap(withErrors) : undefined
  return isPlain && field === 'type' && !asksErrors(match.right) && number !== undefined
    ? [number]
    : headerOf(left)
}

function payloadOf(left: unknown): { readonly header?: string; readonly field?: string } {
  const payload = within(left, 'payload') ?? {}
  const [header, field] = [textIn(payload, 'protocol'), textIn(payload, 'field')]
  return { ...(header === undefined ? {} : { header }), ...(field === undefined ? {} : { field }) }
}

/** Whether the packet's protocol itself is asked for. */
function isProtocolOf(left: unknown): boolean {
  const { header, field } = payloadOf(left)
  const key = textIn(within(left, 'meta') ?? {}, 'key')
  return key === 'l4proto' || PROTOCOL_FIELDS.includes(`${header} ${field}`)
}

const PROTOCOL_FIELDS = ['ip protocol', 'ip6 nexthdr']

/** Only packets with the header have a field of the header. */
function headerOf(left: unknown): readonly number[] | undefined {
  const header = textIn(within(left, 'payload') ?? {}, 'protocol') ?? ''
  const number = OF_EVERYTHING.includes(header) ? undefined : protocolNumber(header)
  return number === undefined ? undefined : withErrors(number)
}

const OF_EVERYTHING = ['ip', 'ip6', 'ether', 'th']
const ICMP = [1, 58]

const withErrors = (number: number): readonly number[] =>
  ICMP.includes(number) ? [number, ICMP_ERRORS] : [number]

/** Types that are not errors: RFC 792, RFC 4443, RFC 4861. */
const NO_ERRORS = /^(?:echo-re(?:quest|ply)|nd-.*|router-.*|mld.*|timestamp-.*|0|8|13|14|1[2-5]\d)$/

const asksErrors = (right: unknown): boolean =>
  !listOf(isObject(right) && 'set' in right ? right.set : right).every((value) =>
    NO_ERRORS.test(String(value)),
  )

function numbersOf(right: unknown): readonly number[] | undefined {
  const values = listOf(isObject(right) && 'set' in right ? right.set : right)
  const numbers = values.map((value) =>
    typeof value === 'string'
      ? protocolNumber(value)
      : typeof value === 'number'
        ? value
        : undefined,
  )
  return numbers.every((number) => number !== undefined) ? numbers : undefined
}
