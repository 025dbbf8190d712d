/**
 * A loaded ruleset → its chains with their rules in order, of all families, including legacy
 * tables.
 */
import type { Inspection } from '../firewall/firewall.ts'
import { iptablesRules } from './iptables.ts'
import { isObject, type Json, listOf, numberIn, textIn } from './json.ts'
import { devicesIn } from './listing.ts'
import type { Rule } from './rule.ts'
import { type Ruleset, rulesetOf } from './rules.ts'

export interface Base {
  readonly hook: string
  readonly type: string
  readonly priority: number
  readonly policy: 'accept' | 'drop'
  /** Only packets of these devices enter, sorted. Absent: all. */
  readonly devices?: readonly string[]
}

export interface Chain {
  /** `inet filter input`; for legacy tables `legacy ip filter INPUT`. */
  readonly key: string
  readonly family: string
  readonly table: string
  readonly name: string
  readonly isLegacy: boolean
  readonly base?: Base
  readonly rules: readonly ChainRule[]
}

export interface ChainRule extends Rule {
  /** Rules of iptables as iptables-save writes them, because nft's listing omits parts of them. */
  readonly saved?: string
}

export interface Chains {
  readonly ruleset: Ruleset
  /** By the chain's key. */
  readonly chains: ReadonlyMap<string, Chain>
}

export const ALL_FAMILIES = ['ip', 'ip6', 'inet', 'netdev', 'bridge', 'arp']

export function chainsOf(inspection: Inspection): Chains {
  const ruleset = rulesetOf(inspection, ALL_FAMILIES)
  const rules = Map.groupBy(ruleset.rules, (rule) => chainKey(rule))
  const saved = savedRules(inspection)
  const heads = [...nftHeads(inspection), ...legacyHeads(inspection)]
  const known = new Set(heads.map(({ key }) => key))
  const others = [...rules.keys()].filter((key) => !known.has(key))
  const chains = [...heads, ...others.map((key) => headOf(rules.get(key)![0]!, key))].map(
    (head): Chain => ({
      ...head,
      rules: withSaved(rules.get(head.key) ?? [], saved.get(head.key)),
    }),
  )
  return { ruleset, chains: new Map(chains.map((chain) => [chain.key, chain])) }
}

export const chainKey = ({ where }: Pick<Rule, 'where'>, chain = where.chain): string =>
  `${where.handle === undefined ? 'legacy ' : ''}${where.family} ${where.table} ${chain}`

type Head = Omit<Chain, 'rules'>

function headOf({ where }: Rule, key: string): Head {
  const { family, table, chain: name, handle } = where
  return { key, family, table, name, isLegacy: handle === undefined }
}

function nftHeads({ nft, listing }: Inspection): Head[] {
  const devices = devicesIn(listing)
  const items = listOf(isObject(nft) ? nft.nftables : undefined).filter(isObject)
  return items
    .map((item) => item.chain)
    .filter(isObject)
    .map((chain) => {
      const [family, table, name] = ['family', 'table', 'name'].map(
        (word) => textIn(chain, word) ?? '',
      ) as [string, string, string]
      const base = baseOf(chain, devices.get(`${family} ${table} ${name}`))
      return {
        ...{ key: `${family} ${table} ${name}`, family, table, name, isLegacy: false },
        ...(base && { base }),
      }
    })
}

function baseOf(chain: Json, devices: readonly string[] | undefined): Base | undefined {
  const hook = textIn(chain, 'hook')
  if (hook === undefined) return undefined
  return {
    hook,
    type: textIn(chain, 'type') ?? 'filter',
    priority: numberIn(chain, 'prio') ?? 0,
    policy: chain.policy === 'drop' ? 'drop' : 'accept',
    ...(devices && { devices }),
  }
}

function legacyHeads({ legacy }: Inspection): Head[] {
  return iptablesRules(legacy).bases.map(
    ({ family, table, name, hook, type, priority, policy }) => ({
      ...{ key: `legacy ${family} ${table} ${name}`, family, table, name, isLegacy: true },
      base: { hook, type, priority, policy },
    }),
  )
}

function savedRules({ saved = {} }: Inspection): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const family of [4, 6] as const) {
    let table = ''
    for (const line of (saved[family] ?? '').split('\n')) {
      table = /^\*(\S+)/.exec(line)?.[1] ?? table
      const chain = /^-A (\S+)/.exec(line)?.[1]
      if (chain === undefined) continue
      const key = `${family === 4 ? 'ip' : 'ip6'} ${table} ${chain}`
      const own = found.get(key) ?? []
      found.set(key, own)
      own.push(line)
    }
  }
  return found
}

function withSaved(rules: readonly Rule[], saved: readonly string[] = []): ChainRule[] {
  return rules.map((rule, i) => {
    if (rule.where.handle === undefined) return { ...rule, saved: rule.where.text }
    const line = saved.length === rules.length ? saved[i] : undefined
    return line === undefined ? rule : { ...rule, saved: line }
  })
}
