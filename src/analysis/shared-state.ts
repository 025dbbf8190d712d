/**
 * Rules without a verdict that still matter: they write state that another rule uses, such as a
 * named quota, or the list of `recent`.
 */
import { isObject, type Json, textIn, within } from '../nft/json.ts'
import type { Rule } from '../nft/rule.ts'

/** Statements that match, count and log. */
const HARMLESS = new Set(['match', 'counter', 'log', 'limit', 'quota', 'ct count', 'continue'])
/** Statements that may use a named object. Rules cannot read a counter. */
const NAMED = ['limit', 'quota']
/** Targets of xtables that only log. */
export const LOGS = new Set(['LOG', 'NFLOG', 'ULOG', 'TRACE'])

/** Matches of xtables that only read, or whose state belongs to one rule (limit, connlimit). */
const HARMLESS_MATCHES = new Set(
  `addrtype ah bpf cgroup cluster comment connbytes connlimit connmark conntrack cpu dccp devgroup
dscp dst ecn esp eui64 frag hbh helper hl icmp icmp6 icmpv6 iprange ipv6header ipvs length limit mac
mark mh multiport nfacct osf owner physdev pkttype policy quota realm rpfilter rt sctp set socket
state statistic string tcp tcpmss time tos ttl u32 udp udplite`.split(/\s+/),
)
/** Their state has a name. It matters if another rule has such a match. */
const SHARED_MATCHES = new Set(['recent', 'hashlimit'])

/** Whether a statement that is no jump leaves everything unchanged that a rule could notice. */
export function harmlessStatements(
  rules: readonly Rule[],
): (rule: Rule, statement: Json) => boolean {
  const users = usersOf(rules)
  const isUnread = unreadSets(rules)
  const isShared = (rule: Rule, statement: Json): boolean =>
    usesOf(rule, statement).some(({ sharedWith }) =>
      sharedWith.some((use) => [...(users.get(use) ?? [])].some((other) => other !== rule)),
    )
  return (rule, statement) => {
    const [kind = '', value] = Object.entries(statement)[0] ?? []
    if (kind === 'set' || kind === 'meter') return isUnread(rule, statement)
    if (kind !== 'xt') return HARMLESS.has(kind) && !isShared(rule, statement)
    return isHarmlessExtension(value) && !isShared(rule, statement)
  }
}

/** Whether no other rule uses the set that a statement fills. */
function unreadSets(rules: readonly Rule[]): (rule: Rule, statement: Json) => boolean {
  let known: ReadonlyMap<string, ReadonlySet<Rule>> | undefined
  return (rule, statement) => {
    known ??= setUsers(rules)
    return filledBy(rule, statement).every((set) =>
      [...(known!.get(set) ?? [])].every((other) => other === rule),
    )
  }
}

function setUsers(rules: readonly Rule[]): ReadonlyMap<string, ReadonlySet<Rule>> {
  const users = new Map<string, Set<Rule>>()
  for (const rule of rules) {
    const asked = [...JSON.stringify(rule.statements).matchAll(/"@([^"]+)"/g)]
    const sets = [
      ...asked.map(([, name]) => inTable(rule, name!)),
      ...rule.statements.flatMap((one) => filledBy(rule, one)),
    ]
    for (const set of sets) users.set(set, (users.get(set) ?? new Set()).add(rule))
  }
  return users
}

/** The set of a `meter` has its name. */
function filledBy(rule: Rule, statement: Json): string[] {
  const name =
    textIn(within(statement, 'set') ?? {}, 'set') ??
    textIn(within(statement, 'meter') ?? {}, 'name')
  return name === undefined ? [] : [inTable(rule, name.replace(/^@/, ''))]
}

const inTable = ({ where }: Rule, name: string): string => `${where.family} ${where.table} ${name}`

/** Rules that do more than count and log, by what they use. */
function usersOf(rules: readonly Rule[]): ReadonlyMap<string, ReadonlySet<Rule>> {
  const users = new Map<string, Set<Rule>>()
  for (const rule of rules) {
    const uses = rule.statements.flatMap((statement) => usesOf(rule, statement))
    if (uses.length === 0 || rule.statements.every(isOnlyCounting)) continue
    for (const use of uses.flatMap(({ known }) => known))
      users.set(use, (users.get(use) ?? new Set()).add(rule))
  }
  return users
}

function isOnlyCounting(statement: Json): boolean {
  const [kind = '', value] = Object.entries(statement)[0] ?? []
  return kind === 'xt' ? isHarmlessExtension(value) : HARMLESS.has(kind)
}

interface Use {
  /** The names by which others find it. */
  readonly known: readonly string[]
  readonly sharedWith: readonly string[]
}

/** The shared state that a statement uses. A map may choose any object of its table. */
function usesOf(rule: Rule, statement: Json): Use[] {
  const { where } = rule
  const [kind = '', value] = Object.entries(statement)[0] ?? []
  if (kind === 'xt') {
    const name = isObject(value) ? (textIn(value, 'name') ?? '') : ''
    const own = [`${where.family} ${name}`]
    if (name === 'set') return countersOf(rule, own)
    return SHARED_MATCHES.has(name) ? [{ known: own, sharedWith: own }] : []
  }
  if (!NAMED.includes(kind)) return []
  const all = `${kind} ${where.family} ${where.table}`
  const [any, byMap] = [`${all} any`, `${all} by map`]
  if (typeof value === 'string') {
    const own = `${all} @${value}`
    return [{ known: [any, own], sharedWith: [own, byMap] }]
  }
  return isObject(value) && 'map' in value ? [{ known: [any, byMap], sharedWith: [any] }] : []
}

/** A match counts the packets of an element. Only a match that compares the counters reads them. */
function countersOf(rule: Rule & { readonly saved?: string }, own: readonly string[]): Use[] {
  const text = rule.saved ?? rule.where.text
  const isTold = text.startsWith('-A')
  const reads = !isTold || /--(?:packets|bytes)-(?:eq|lt|gt)\b/.test(text)
  return [{ known: reads ? own : [], sharedWith: /! --update-counters\b/.test(text) ? [] : own }]
}

function isHarmlessExtension(value: unknown): boolean {
  if (!isObject(value)) return false
  const name = textIn(value, 'name') ?? ''
  if (value.type === 'match') return HARMLESS_MATCHES.has(name) || SHARED_MATCHES.has(name)
  return value.type === 'target' && LOGS.has(name)
}
