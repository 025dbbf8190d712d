/** What the kernel has of a firewall once it is loaded, the harness's own tables left out. */
import { spawnSync } from 'node:child_process'
import type { Inspection } from '../../src/firewall/firewall.ts'
import { EnvironmentFailure } from '../failure.ts'
import { findTool } from '../tools.ts'
import { tablesIn } from './install.ts'

/** Names of the harness's own tables begin with this. */
export const OWN_TABLES = 'nftproof_'
const MOST_BYTES = 1 << 30
/** Protocols by number: their names come from /etc/protocols, which differs between machines and may be missing. */
export const AS_JSON = ['-j', '-a', '-p', 'list', 'ruleset']
export const AS_TEXT = ['-a', '-s', 'list', 'ruleset']

/** In the calling thread's namespace. */
export function inspectFirewall(): Inspection {
  const nft = JSON.parse(output('nft', AS_JSON) || '{"nftables":[]}') as {
    nftables: Record<string, { table?: string; name?: string }>[]
  }
  return {
    nft: { nftables: nft.nftables.filter((entry) => !isOwn(entry)) },
    listing: withoutOwn(output('nft', AS_TEXT)),
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
