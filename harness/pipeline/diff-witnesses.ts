/** A demand → conditions in nft or iptables that match packets of a hook, without a verdict. */

import type { Test } from '../../src/analysis/conditions.ts'
import { savedConditions } from '../../src/analysis/not-varied.ts'
import type { Demand } from '../../src/changed-rules/demands.ts'
import type { NftWitness, SavedWitness } from '../contract/lab.ts'

/** Before every chain except the tracer's. */
const FIRST = -2147483647
/** Hooks in which connection tracking comes after the first chains. */
const BEFORE_TRACKING = ['prerouting', 'output']

/** Undefined if no witness can express the condition: for device chains, and for policies. */
export function witnessOf(demand: Demand, id: number): NftWitness | SavedWitness | undefined {
  const { root, rules } = demand
  if (rules.length === 0 || root.base === undefined) return undefined
  if (['ingress', 'egress'].includes(root.base.hook)) return undefined
  if (root.isLegacy || rules.some(({ isForeign }) => isForeign)) return savedWitness(demand, id)
  return {
    ...{ id, family: root.family, table: root.table, hook: root.base.hook },
    priority: isLate(demand) ? root.base.priority - 1 : FIRST,
    conditions: unique(rules.flatMap(({ matches }) => matches)),
  }
}

const unique = <T>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [JSON.stringify(one), one])).values(),
]

/** Whether an earlier step decides the condition: connection tracking, or rules that set marks. */
function isLate({ root, tests }: Demand): boolean {
  const isTracked = (test: Test): boolean =>
    test.kind === 'state' || (test.kind === 'opaque' && test.what.startsWith('ct'))
  return tests.some(
    (test) =>
      (test.kind === 'number' && test.field === 'mark') ||
      (BEFORE_TRACKING.includes(root.base?.hook ?? '') && isTracked(test)),
  )
}

/**
 * The conditions of the jumps are left out: one rule cannot have their options and the rule's own
 * options.
 */
function savedWitness({ root, rules, difference }: Demand, id: number): SavedWitness | undefined {
  if (!/^(?:ip|ip6)$/.test(root.family)) return undefined
  const isPast = difference.kind === 'rule' && difference.past !== undefined
  const text = together(rules.slice(isPast ? -2 : -1).map(({ saved }) => saved))
  if (text === undefined) return undefined
  return {
    ...{ id, family: root.family === 'ip' ? 4 : 6, table: root.table, chain: root.name },
    ...{ isLegacy: root.isLegacy, text },
  }
}

/**
 * Undefined if two rules use the same match with different options: one rule cannot express this.
 */
function together(texts: readonly (string | undefined)[]): string | undefined {
  const plain = new Map<string, string>()
  const extensions: string[] = []
  for (const text of texts) {
    if (text === undefined) return undefined
    const [first = '', ...more] = ` ${savedConditions(text)}`.split(/ (?=-m )/)
    for (const [option] of first.matchAll(/(?:! )?-\w+ \S+/g)) {
      const name = /-\w+/.exec(option)![0]
      if (plain.has(name) && plain.get(name) !== option) return undefined
      plain.set(name, option)
    }
    extensions.push(...more)
  }
  return [...plain.values(), ...unique(extensions)].join(' ')
}
