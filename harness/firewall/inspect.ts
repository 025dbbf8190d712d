/** The rules that the kernel has after a firewall was loaded, without the harness's own tables. */
import type { Inspection } from '../../src/firewall/firewall.ts'
import type { RawInspection } from '../contract/lab.ts'
import { EnvironmentError } from '../system/errors.ts'
import { findProgram, type Program } from '../system/find-program.ts'
import { outputOfSync } from '../system/run-program-sync.ts'
import { sha256 } from '../system/sha256.ts'
import { tablesIn } from './legacy-tables.ts'

/** The prefix of the harness's own tables. */
export const OWN_TABLES = 'nftproof_'

/** If the JSON is longer, sets are so large that the listing omits them. */
const LARGE = 4 << 20

/**
 * Protocols by number, because names come from /etc/protocols, which differs between machines and
 * may be missing.
 */
export const AS_JSON = ['-j', '-a', '-p', 'list', 'ruleset']
export const AS_TEXT = ['-a', '-s', 'list', 'ruleset']

/** In the namespace of the calling thread. */
export function inspectFirewall(): RawInspection {
  const json = output('nft', AS_JSON) || '{"nftables":[]}'
  const terse = json.length > LARGE ? ['--terse'] : []
  const old = {
    ...legacy(4, 'iptables-legacy-save', '/proc/thread-self/net/ip_tables_names'),
    ...legacy(6, 'ip6tables-legacy-save', '/proc/thread-self/net/ip6_tables_names'),
  }
  const isMarked = [json, ...Object.values(old)].some((text) =>
    /"mark"|\bMARK\b|CONNMARK/.test(text),
  )
  return {
    json,
    listing: withoutOwn(output('nft', [...terse, ...AS_TEXT])),
    ...(terse.length > 0 && { digest: sha256(json) }),
    ...savedTables(json),
    legacy: old,
    ...(isMarked && { markRoutes: markRoutes() }),
  }
}

/** `32765:	from all fwmark 0x1 lookup 100` → without its number. */
const markRoutes = (): string[] =>
  (['-4', '-6'] as const).flatMap((family) =>
    output('ip', [family, 'rule'])
      .split('\n')
      .filter((line) => /\bfwmark\b/.test(line))
      .map((line) => line.replace(/^\d+:\s*/, '').trim()),
  )

/** One thing of a ruleset, by its kind. */
type Entry = Record<string, { family?: string; table?: string; name?: string }>

/** Reads what a lab passed on. */
export function readInspection({ json, ...rest }: RawInspection): Inspection {
  const nftables = entriesIn(json)
  const dormant = dormantIn(rest.listing)
  const own = nftables.filter((entry) => !isOwn(entry))
  if (dormant.length === 0) return { ...rest, nft: { nftables: own } }
  const off = new Set(dormant)
  return { ...rest, dormant, nft: { nftables: own.filter((entry) => !off.has(tableOf(entry))) } }
}

/** Throws EnvironmentError if it is not what libnftables-json(5) describes. */
function entriesIn(json: string): readonly Entry[] {
  try {
    const { nftables } = JSON.parse(json) as { nftables: Entry[] }
    if (Array.isArray(nftables) && nftables.every((one) => typeof one === 'object' && one !== null))
      return nftables
  } catch {}
  const start = JSON.stringify(json.slice(0, SHOWN))
  throw new EnvironmentError(
    `nft ${AS_JSON.join(' ')} printed no ruleset as JSON: it begins with ${start}: check the nft that the PATH names (nft --version), and install the one of your distribution`,
  )
}

const SHOWN = 60

/** By the listing: nft's JSON has no flags of tables, or wrong ones. */
function dormantIn(listing: string): string[] {
  const found = new Set<string>()
  if (!listing.includes('dormant')) return []
  let table = ''
  for (const line of listing.split('\n')) {
    table = /^table (\S+ \S+) \{/.exec(line)?.[1] ?? table
    if (/^\tflags .*\bdormant\b/.test(line)) found.add(table)
  }
  return [...found]
}

function tableOf(entry: Entry): string {
  const [[kind, { family, table, name }] = ['', {}]] = Object.entries(entry)
  return `${family} ${kind === 'table' ? name : table}`
}

/** From iptables' own programs if a rule has xtables parts, of which nft lists only the names. */
function savedTables(json: string): Pick<Inspection, 'saved'> {
  if (!json.includes('"xt":')) return {}
  const save = (family: string, program: Program): string | undefined =>
    new RegExp(`"family": ?"${family}"`).test(json) && existsTool(program)
      ? output(program, [])
      : undefined
  const [four, six] = [save('ip', 'iptables-nft-save'), save('ip6', 'ip6tables-nft-save')]
  return { saved: { ...(four !== undefined && { 4: four }), ...(six !== undefined && { 6: six }) } }
}

function existsTool(program: Program): boolean {
  try {
    findProgram(program)
    return true
  } catch {
    return false
  }
}

function isOwn(entry: Entry): boolean {
  return Object.entries(entry).some(([kind, { table, name }]) =>
    ((kind === 'table' ? name : table) ?? '').startsWith(OWN_TABLES),
  )
}

/** Tables begin at the margin, and so does their closing brace. */
function withoutOwn(listing: string): string {
  const isOwnTable = new RegExp(`^table \\S+ ${OWN_TABLES}`)
  let isInside = false
  const kept: string[] = []
  for (const line of listing.split('\n')) {
    if (isOwnTable.test(line)) isInside = true
    if (!isInside) kept.push(line)
    else if (line.startsWith('}')) isInside = false
  }
  return kept.join('\n')
}

function legacy(family: 4 | 6, program: Program, names: string): Inspection['legacy'] {
  return tablesIn(names).length === 0 ? {} : { [family]: output(program, []) }
}

function output(program: Program, args: readonly string[]): string {
  return outputOfSync(findProgram(program), args).stdout
}
