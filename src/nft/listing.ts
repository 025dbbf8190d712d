/** The output of `nft -a list ruleset` → its rules and base chains, by handle. */

export interface ListedRule {
  /** `inet filter` */
  readonly table: string
  readonly chain: string
  readonly handle: number
  /** The text as nft writes it. */
  readonly text: string
}

export interface Listing {
  /** In the order of the listing. */
  readonly rules: readonly ListedRule[]
  /** The hooks of base chains by table and chain: `inet filter input` → `input`. */
  readonly hooks: ReadonlyMap<string, string>
}

export function readListing(text: string): Listing {
  const rules: ListedRule[] = []
  const hooks = new Map<string, string>()
  let table = ''
  let chain = ''
  for (const line of text.split('\n')) {
    table = /^table (\S+ \S+) \{/.exec(line)?.[1] ?? table
    chain = /^\tchain (\S+) \{/.exec(line)?.[1] ?? chain
    const hook = /^\t\ttype \S+ hook (\S+)/.exec(line)?.[1]
    if (hook !== undefined) hooks.set(`${table} ${chain}`, hook)
    const rule = /^\t\t(.*) # handle (\d+)$/.exec(line)
    if (rule) rules.push({ table, chain, text: rule[1]!, handle: Number(rule[2]) })
  }
  return { rules, hooks }
}
