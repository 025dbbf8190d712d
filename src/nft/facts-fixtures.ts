/** Rulesets for tests: expressions as printed by `nft -j list ruleset` (1.0.6), in a table. */
import type { Inspection } from '../firewall/firewall.ts'

export interface GivenRule {
  readonly expr: readonly object[]
  /** The rule as text listing, for rules whose JSON is incomplete. */
  readonly text?: string
  readonly chain?: string
  /** The family of the table; absent: inet. */
  readonly family?: string
}

interface Extras {
  /** Sets, maps, limits and other objects of the table. */
  readonly objects?: readonly object[]
  readonly chains?: readonly object[]
  readonly legacy?: Inspection['legacy']
}

export function inspectionOf(
  rules: readonly GivenRule[],
  { objects = [], chains, legacy = {} }: Extras = {},
): Inspection {
  const families = [...new Set(rules.map(({ family = 'inet' }) => family))]
  const handled = rules.map((rule, i) => ({
    chain: 'input',
    family: 'inet',
    text: `rule ${i + 2}`,
    ...rule,
    handle: i + 2,
  }))
  const bases =
    chains ??
    families.map((family) => ({
      family,
      table: 't',
      name: 'input',
      handle: 1,
      type: 'filter',
      hook: 'input',
      prio: 0,
      policy: 'accept',
    }))
  return {
    nft: {
      nftables: [
        { metainfo: { version: '1.0.6' } },
        ...families.map((family) => ({ table: { family, name: 't', handle: 1 } })),
        ...objects,
        ...bases.map((chain) => ({ chain })),
        ...handled.map(({ family, chain, handle, expr }) => ({
          rule: { family, table: 't', chain, handle, expr },
        })),
      ],
    },
    listing: families
      .map((family) => {
        const own = handled.filter((rule) => rule.family === family)
        const lines = own.map(({ text, handle }) => `\t\t${text} # handle ${handle}`)
        return `table ${family} t { # handle 1\n\tchain input { # handle 1\n${lines.join('\n')}\n\t}\n}\n`
      })
      .join(''),
    legacy,
  }
}

export const match = (left: object, right: unknown, op = '=='): object => ({
  match: { op, left, right },
})
export const payload = (protocol: string, field: string): object => ({
  payload: { protocol, field },
})
export const meta = (key: string): object => ({ meta: { key } })
