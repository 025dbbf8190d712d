/** A loaded ruleset → its rules, sets and base chains, from each kind of listing. */

import type { Inspection } from '../firewall/firewall.ts'
import type { BaseChain, Hook, RulePlace } from './facts.ts'
import { iptablesRules } from './iptables.ts'
import { isObject, type Json, listOf, numberIn, textIn, within } from './json.ts'
import { flowtablesIn } from './listing.ts'
import type { Rule } from './rule.ts'
import { statementsOfText } from './rule-text.ts'
import { type SetSettings, settingsOf } from './set-settings.ts'

/** A named set or map. */
export interface NamedSet {
  readonly elements: readonly unknown[]
  /** Its elements expire. */
  readonly isTimed: boolean
  /** Rules may change it while packets pass. */
  readonly isDynamic: boolean
  readonly settings: SetSettings
  /** The kind of objects that a map names: `limit`. */
  readonly maps?: string
}

export interface Ruleset {
  readonly rules: readonly Rule[]
  readonly bases: readonly BaseChain[]
  readonly unexamined: readonly string[]
  /** By `setKey`. */
  readonly sets: ReadonlyMap<string, NamedSet>
  /** Named limits, quotas and other objects as JSON, by `objectKey`. */
  readonly objects: ReadonlyMap<string, Json>
  /** Flowtables as text, by `setKey`. */
  readonly flowtables: ReadonlyMap<string, string>
}

export const setKey = (family: string, table: string, name: string): string =>
  `${family} ${table} ${name}`

/** Objects of two kinds may have one name. */
export const objectKey = (kind: string, family: string, table: string, name: string): string =>
  `${kind} ${setKey(family, table, name)}`

/** The kinds of named objects that a rule may use, except counters, which decide nothing. */
export const OBJECTS = [
  'limit',
  'quota',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'synproxy',
  'secmark',
]

export const EXAMINED = ['ip', 'ip6', 'inet', 'netdev']

/** `families`: the families of the tables to read. */
export function rulesetOf(
  { nft, listing, legacy }: Inspection,
  families: readonly string[] = EXAMINED,
): Ruleset {
  const items = listOf(isObject(nft) ? nft.nftables : undefined).filter(isObject)
  const of = (kind: string): Json[] => items.map((item) => item[kind]).filter(isObject)
  const texts = ruleTexts(listing)
  const isExamined = (item: Json): boolean => families.includes(textIn(item, 'family') ?? '')
  const rules = of('rule')
    .filter(isExamined)
    .map((rule) => ruleOf(rule, texts))
  const old = iptablesRules(legacy)
  const filled = new Set(rules.map(({ where }) => setKey(where.family, where.table, where.chain)))
  return {
    rules: [...rules, ...old.rules],
    bases: [
      ...of('chain')
        .filter((chain) => 'hook' in chain && isExamined(chain))
        .map((chain) => baseOf(chain, filled)),
      ...old.bases,
    ],
    unexamined: of('table')
      .filter((table) => !isExamined(table))
      .map(({ family, name }) => `${family} ${name}`),
    sets: new Map(
      [...of('set'), ...of('map')].map((set) => [
        setKeyOf(set),
        {
          elements: listOf(set.elem),
          isTimed: 'timeout' in set || listOf(set.flags).includes('timeout'),
          isDynamic: listOf(set.flags).includes('dynamic'),
          settings: settingsOf(set),
          ...(typeof set.map === 'string' && { maps: set.map }),
        },
      ]),
    ),
    objects: new Map(
      OBJECTS.flatMap((kind) => of(kind).map((object) => [`${kind} ${setKeyOf(object)}`, object])),
    ),
    flowtables: flowtablesIn(listing),
  }
}

const setKeyOf = (item: Json): string =>
  setKey(textIn(item, 'family') ?? '', textIn(item, 'table') ?? '', textIn(item, 'name') ?? '')

/** `filled`: chains with rules, by family, table and name. */
function baseOf(chain: Json, filled: ReadonlySet<string>): BaseChain {
  const [family, table, name] = [
    textIn(chain, 'family')!,
    textIn(chain, 'table')!,
    textIn(chain, 'name')!,
  ]
  const policy = chain.policy === 'drop' ? 'drop' : 'accept'
  const isEmpty = !filled.has(setKey(family, table, name))
  return {
    family,
    table,
    name,
    hook: textIn(chain, 'hook') as Hook,
    type: textIn(chain, 'type') ?? 'filter',
    priority: numberIn(chain, 'prio') ?? 0,
    policy,
    isIdle: isEmpty && policy === 'accept',
  }
}

function ruleOf(rule: Json, texts: ReadonlyMap<string, string>): Rule {
  const [family, table] = [textIn(rule, 'family')!, textIn(rule, 'table')!]
  const handle = numberIn(rule, 'handle')
  const statements = listOf(rule.expr).filter(isObject)
  const text = texts.get(`${family} ${table} ${handle}`) ?? JSON.stringify(statements)
  const where: RulePlace = {
    family,
    table,
    chain: textIn(rule, 'chain') ?? '',
    ...(handle !== undefined && { handle }),
    text,
  }
  const isForeign = statements.some((statement) => 'xt' in statement)
  if (!isForeign) return { where, statements }
  const told = moreOf(text, family)
  return { where, statements: [...statements, ...told], listed: statements }
}

/**
 * The JSON gives the protocol as a number. The listing gives the name of /etc/protocols, which
 * differs between systems.
 */
const moreOf = (text: string, family: string): Json[] =>
  statementsOfText(text, family === 'ip6' ? 'ip6' : 'ip').filter(
    (statement) => !asksProtocol(within(statement, 'match')?.left),
  )

function asksProtocol(left: unknown): boolean {
  const { protocol, field } = within(left, 'payload') ?? {}
  return (
    within(left, 'meta')?.key === 'l4proto' ||
    ['ip protocol', 'ip6 nexthdr'].includes(`${protocol} ${field}`)
  )
}

/** The rules of `nft -a list ruleset`, by family, table and handle. */
export function ruleTexts(listing: string): Map<string, string> {
  const texts = new Map<string, string>()
  let table = ''
  for (const line of listing.split('\n')) {
    const opened = /^table (\S+ \S+) \{/.exec(line)?.[1]
    if (opened) table = opened
    // The first line of a block (a chain, a set) has a handle too, after its brace.
    const [, text, handle] = /^\t\t(.*\S) # handle (\d+)$/.exec(line) ?? []
    if (text && handle) texts.set(`${table} ${handle}`, text)
  }
  return texts
}
