/** What the kernel has of a firewall once it is loaded, the harness's own tables left out. */
import { spawnSync } from 'node:child_process'
import type { Inspection } from '../../src/firewall/firewall.ts'
import { EnvironmentFailure } from '../failure.ts'
import { findTool } from '../tools.ts'
import { tablesIn } from './install.ts'

/** Names of the harness's own tables begin with this. */
export const OWN_TABLES = 'nftproof_'
const MOST_BYTES = 1 << 30

/** In the calling thread's namespace. */
export function inspectFirewall(): Inspection {
  const nft = JSON.parse(output('nft', ['-j', '-a', 'list', 'ruleset']) || '{"nftables":[]}') as {
    nftables: Item[]
  }
  const listing = withoutOwn(output('nft', ['-a', '-s', 'list', 'ruleset']))
  return {
    nft: { nftables: nft.nftables.filter((entry) => !isOwn(entry)) },
    listing,
    ...(isOfIptables(nft) ? { saved: savedTables(nft) } : {}),
    legacy: {
      ...legacy(4, 'iptables-legacy-save', '/proc/thread-self/net/ip_tables_names'),
      ...legacy(6, 'ip6tables-legacy-save', '/proc/thread-self/net/ip6_tables_names'),
    },
  }
}

type Item = Readonly<
  Record<string, { table?: string; name?: string; family?: string; expr?: unknown }>
>
type Listed = { readonly nftables: readonly Item[] }

/** Whether a rule has parts of xtables', of which nft tells the names only. */
const isOfIptables = ({ nftables }: Listed): boolean =>
  nftables.some(({ rule }) => JSON.stringify(rule?.expr ?? '').includes('"xt":'))

/** By iptables' own programs, where they are there. */
function savedTables({ nftables }: Listed): NonNullable<Inspection['saved']> {
  const families = new Set(nftables.map(({ rule }) => rule?.family))
  const save = (family: string, program: string): string | undefined =>
    families.has(family) && existsTool(program) ? output(program, []) : undefined
  const [four, six] = [save('ip', 'iptables-nft-save'), save('ip6', 'ip6tables-nft-save')]
  return { ...(four !== undefined && { 4: four }), ...(six !== undefined && { 6: six }) }
}

function existsTool(program: string): boolean {
  try {
    findTool(program)
    return true
  } catch {
    return false
  }
}

function isOwn(entry: Item): boolean {
  return Object.entries(entry).some(([kind, { table, name }]) =>
    ((kind === 'table' ? name : table) ?? '').startsWith(OWN_TABLES),
  )
}

/** Tables begin at the margin, and so does the brace that ends them. */
function withoutOwn(listing: string): string {
  return listing.replaceAll(new RegExp(`^table \\S+ ${OWN_TABLES}[^]*?^\\}\\n?`, 'gm'), '')
}

function legacy(family: 4 | 6, program: string, names: string): Inspection['legacy'] {
  return tablesIn(names).length === 0 ? {} : { [family]: output(program, []) }
}

function output(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(findTool(program), args, {
    encoding: 'utf8',
    maxBuffer: MOST_BYTES,
  })
  if (error || status !== 0)
    throw new EnvironmentFailure(
      `${program} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`,
    )
  return stdout
}
