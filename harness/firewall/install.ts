/**
 * Loads a firewall of any kind into the network namespace of the calling thread, instead of the
 * rules there.
 */
import type { Firewall, FirewallPart } from '../../src/firewall/firewall.ts'
import { isCode } from '../../src/firewall/kinds/registry.ts'
import { CommandError } from '../system/command-error.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { tablesIn } from './legacy-tables.ts'
import { loaderOf } from './loaders.ts'
import { type Executor, loadRuleset } from './nft.ts'
import { run } from './restore.ts'

/**
 * Throws InputError with file and line if nft, iptables-restore or a script refuses it, and
 * EnvironmentError if this kernel, nft or machine cannot load it. `own` is text of the harness,
 * loaded after everything else.
 */
export function installFirewall({ parts }: Firewall, own = '', executor: Executor = {}): void {
  clearLegacy()
  // Fewer transactions if it is loaded with the first part.
  if (!takesText(parts[0])) loadRuleset(FLUSH)
  for (const [i, part] of parts.entries())
    loaderOf(part).load(part, {
      before: i === 0 ? FLUSH : '',
      after: i === parts.length - 1 ? own : '',
      executor,
    })
  if (own !== '' && !takesText(parts.at(-1))) loadRuleset(own)
}

/**
 * Messages of nft and iptables-restore about all parts of a firewall. The last part is not loaded.
 * A script is not run, and the parts after it are not checked. Call it in a namespace of its own.
 */
export function refusalsOf({ parts }: Firewall): string[] {
  const until = parts.findIndex(isCode)
  const read = until < 0 ? parts : parts.slice(0, until)
  const refusals: string[] = []
  for (const [i, part] of read.entries()) {
    const refusal = refusalOf(part, i === parts.length - 1 || refusals.length > 0)
    // Without the parts before it, only its own text can be checked.
    if (refusal !== undefined && (refusals.length === 0 || /syntax error/.test(refusal)))
      refusals.push(refusal)
  }
  return refusals
}

/**
 * Undefined as well if this machine cannot check it. Loading the firewall will report that. Throws
 * only if the check does not end in time, because loading would take as long again.
 */
function refusalOf(part: FirewallPart, check: boolean): string | undefined {
  try {
    loaderOf(part).load(part, { before: '', after: '', executor: {}, check })
    return undefined
  } catch (error) {
    if (isTimeOut(error)) throw error
    if (error instanceof EnvironmentError) return undefined
    if (error instanceof InputError) return error.message
    throw error
  }
}

/** Errors are wrapped to name places in files. */
const isTimeOut = (error: unknown): boolean =>
  (error instanceof CommandError && error.ending.kind === 'timed-out') ||
  (error instanceof Error && error.cause !== undefined && isTimeOut(error.cause))

export const FLUSH = 'flush ruleset\n'

const takesText = (part: FirewallPart | undefined): boolean =>
  part !== undefined && loaderOf(part).takesText === true

function clearLegacy(): void {
  for (const [program, names] of [
    ['iptables-legacy-restore', '/proc/thread-self/net/ip_tables_names'],
    ['ip6tables-legacy-restore', '/proc/thread-self/net/ip6_tables_names'],
  ] as const)
    for (const table of tablesIn(names)) run(program, emptied(table))
}

/** iptables-restore keeps the policies of chains that the file does not name. */
function emptied(table: string): string {
  const chains = BUILT_IN[table] ?? []
  return [`*${table}`, ...chains.map((chain) => `:${chain} ACCEPT`), 'COMMIT', ''].join('\n')
}

/** iptables(8), TABLES. */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}
