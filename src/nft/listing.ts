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

/**
 * The devices of base chains at the ingress and egress hooks, sorted, by table and chain. nft's JSON
 * has one of them, or none.
 */
export function devicesIn(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  let table = ''
  let chain = ''
  for (const line of text.split('\n')) {
    table = /^table (\S+ \S+) \{/.exec(line)?.[1] ?? table
    chain = /^\tchain (\S+) \{/.exec(line)?.[1] ?? chain
    const [, one, many] =
      /^\t\ttype \S+ hook \S+ device(?: ("[^"]*"|\S+)|s = \{([^}]*)\}) priority /.exec(line) ?? []
    const names = (one ?? many ?? '').match(/[^\s,"]+/g)
    if (names) found.set(`${table} ${chain}`, names.toSorted())
  }
  return found
}

/**
 * Flowtables by family, table and name: what is written of each, with its words sorted. nft's JSON
 * lacks the flags.
 */
export function flowtablesIn(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let table = ''
  let own: { readonly key: string; readonly lines: string[] } | undefined
  for (const line of text.split('\n')) {
    table = /^table (\S+ \S+) \{/.exec(line)?.[1] ?? table
    const name = /^\tflowtable (\S+) \{/.exec(line)?.[1]
    if (name !== undefined) own = { key: `${table} ${name}`, lines: [] }
    else if (own && line === '\t}') {
      found.set(own.key, own.lines.sort().join('; '))
      own = undefined
    } else own?.lines.push((line.match(/[^\s,]+/g) ?? []).sort().join(' '))
  }
  return found
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
