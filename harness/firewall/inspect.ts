/** What the kernel has of a firewall once it is loaded, the harness's own tables left out. */
import { spawnSync } from 'node:child_process'
import type { Inspection } from '../../src/firewall/firewall.ts'
import { EnvironmentFailure } from '../failure.ts'
import { findTool, type Program } from '../tools.ts'
import { tablesIn } from './install.ts'

/** Names of the harness's own tables begin with this. */
export const OWN_TABLES = 'nftproof_'
const MOST_BYTES = 1 << 30

/** In the calling thread's namespace. */
export function inspectFirewall(): Inspection {
  const nft = JSON.parse(output('nft', ['-j', '-a', 'list', 'ruleset']) || '{"nftables":[]}') as {
    nftables: Record<string, { table?: string; name?: string }>[]
  }
  return {
    nft: { nftables: nft.nftables.filter((entry) => !isOwn(entry)) },
    listing: withoutOwn(output('nft', ['-a', '-s', 'list', 'ruleset'])),
    legacy: {
      ...legacy(4, 'iptables-legacy-save', '/proc/thread-self/net/ip_tables_names'),
      ...legacy(6, 'ip6tables-legacy-save', '/proc/thread-self/net/ip6_tables_names'),
    },
  }
}

function isOwn(entry: Record<string, { table?: string; name?: string }>): boolean {
  return Object.entries(entry).some(([kind, { table, name }]) =>
    ((kind === 'table' ? name : table) ?? '').startsWith(OWN_TABLES),
  )
}

/** Tables begin at the margin, and so does the brace that ends them. */
function withoutOwn(listing: string): string {
  return listing.replaceAll(new RegExp(`^table \\S+ ${OWN_TABLES}[^]*?^\\}\\n?`, 'gm'), '')
}

function legacy(family: 4 | 6, program: Program, names: string): Inspection['legacy'] {
  return tablesIn(names).length === 0 ? {} : { [family]: output(program, []) }
}

function output(program: Program, args: readonly string[]): string {
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
