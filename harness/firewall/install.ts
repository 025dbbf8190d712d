/** Loads a firewall of any kind into the calling thread's network namespace, in place of whatever was there. */
import { type Firewall, type FirewallPart, sourceLineOf } from '../../src/firewall/firewall.ts'
import { mustBeData } from '../system/data-only.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { withoutHidden } from './hidden-lines.ts'
import { tablesIn } from './legacy-tables.ts'
import { type Loader, loadRuleset, RulesetError } from './nft.ts'
import { restore, run } from './restore.ts'
import { runScript } from './script.ts'
import { unsupported } from './unsupported.ts'
import { createUsers, unknownUsers } from './users.ts'

/**
 * Throws InputError, with file and line, for what nft, iptables-restore or a
 * script refuses, and EnvironmentError for what this kernel, nft or machine
 * cannot do. `own` is text of the harness's, loaded after all else.
 */
export function installFirewall({ parts }: Firewall, own = '', loader: Loader = {}): void {
  clearLegacy()
  // Fewer transactions where the firewall is nftables text.
  if (parts[0]?.kind !== 'nft') loadRuleset(FLUSH)
  for (const [i, part] of parts.entries())
    installPart(part, {
      before: i === 0 ? FLUSH : '',
      after: i === parts.length - 1 ? own : '',
      loader,
    })
  if (own !== '' && parts.at(-1)?.kind !== 'nft') loadRuleset(own)
}

/**
 * What nft and iptables-restore have against a firewall, told of all its parts;
 * nothing of the last one is loaded. A script is not run for this, and what
 * follows one is not looked at. To be called in a namespace of its own.
 */
export function refusalsOf({ parts }: Firewall): string[] {
  const until = parts.findIndex(({ kind }) => kind === 'script')
  const read = until < 0 ? parts : parts.slice(0, until)
  const refusals: string[] = []
  for (const [i, part] of read.entries()) {
    const refusal = refusalOf(part, i === parts.length - 1 || refusals.length > 0)
    // Without a part before it, only its own words can be judged.
    if (refusal !== undefined && (refusals.length === 0 || /syntax error/.test(refusal)))
      refusals.push(refusal)
  }
  return refusals
}

/** Undefined too where this machine cannot tell: that is said when the firewall is loaded. */
function refusalOf(part: FirewallPart, check: boolean): string | undefined {
  try {
    installPart(part, { before: '', after: '', loader: {}, check })
    return undefined
  } catch (error) {
    if (error instanceof EnvironmentError) return undefined
    if (error instanceof InputError) return error.message
    throw error
  }
}

/** Text of the harness's own, loaded with that of a part. */
interface Around {
  readonly before: string
  readonly after: string
  readonly loader: Loader
  /** Nothing is loaded: only whether it could be is asked. */
  readonly check?: boolean
}

export const FLUSH = 'flush ruleset\n'

function installPart(part: FirewallPart, around: Around): void {
  switch (part.kind) {
    case 'nft':
      installNft(part, around)
      break
    case 'iptables':
    case 'ip6tables':
      restore({ ...part, kind: part.kind }, around)
      break
    case 'script':
      // Refused long before; nothing gets past here all the same.
      mustBeData({ parts: [part] })
      refuseInside(part, around)
      runScript(part)
      break
    default:
      throw new Error(`unknown kind ${part.kind satisfies never}`)
  }
}

function refuseInside({ file }: FirewallPart, { loader }: Around): void {
  if (loader.inside)
    throw new InputError(
      `${file}: a script is not run in a container; make it the image's own start-up (ready: …)`,
    )
}

function clearLegacy(): void {
  for (const [program, names] of [
    ['iptables-legacy-restore', '/proc/thread-self/net/ip_tables_names'],
    ['ip6tables-legacy-restore', '/proc/thread-self/net/ip6_tables_names'],
  ] as const)
    for (const table of tablesIn(names)) run(program, emptied(table))
}

/** A restore keeps the policies that it does not name. */
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

/** Again and again, as long as users that it names can be made. */
function installNft(part: FirewallPart, { before, after, loader, check = false }: Around): void {
  for (;;)
    try {
      loadRuleset(`${before}${part.text}${after}`, {
        optimize: part.optimized === true && !check,
        check,
        ...loader,
      })
      return
    } catch (error) {
      if (error instanceof RulesetError && areMade(error, loader)) continue
      throw placedIn(error, part, { before, loader })
    }
}

/** With places in the files that the text comes from. */
function placedIn(error: unknown, part: FirewallPart, { before, loader }: Loading): unknown {
  const lines = before === '' ? 0 : 1
  if (error instanceof EnvironmentError)
    return new EnvironmentError(withPlaces(error.message, part, lines), { cause: error })
  if (!(error instanceof RulesetError)) return error
  return explained(faultIn(`${before}${part.text}`, loader) ?? error, part, lines)
}

type Loading = Pick<Around, 'before' | 'loader'>

/** Whether users that nft does not know were made. Those of a container are its image's own affair. */
function areMade({ message }: RulesetError, { inside }: Loader): boolean {
  const users = inside ? undefined : unknownUsers(message)
  return users !== undefined && createUsers(users)
}

/** What nft says of the firewall's own text, without the lines that follow it. */
function faultIn(text: string, loader: Loader): RulesetError | undefined {
  try {
    loadRuleset(text, { check: true, ...loader })
    return undefined
  } catch (error) {
    return error instanceof RulesetError ? error : undefined
  }
}

/** With places in the files that the text comes from; `before`: lines of ours in front of it. */
function withPlaces(message: string, part: FirewallPart, before: number): string {
  return withoutHidden(message, part, before).replaceAll(
    /\bruleset:(\d+):(\d+)/g,
    (_, line, column) => {
      const at = sourceLineOf(part, Number(line) - before)
      return `${at.file}:${at.line}:${column}`
    },
  )
}

function explained(error: RulesetError, part: FirewallPart, before: number): Error {
  const said = withPlaces(error.message, part, before).replace(
    'nft refuses the ruleset',
    `nft refuses ${part.file}`,
  )
  const missing = unsupported(error.message, `${'\n'.repeat(before)}${part.text}`, error.position)
  if (missing !== undefined) return new EnvironmentError(`${said}\n${missing}`)
  return new InputError(`${said}${hint(said, part)}`, { cause: error })
}

function hint(said: string, { text }: FirewallPart): string {
  if (text.includes('\r\n')) return '\nThe file has line ends of Windows (CRLF), which nft refuses.'
  if (said.includes('Interface does not exist'))
    return '\nThe lab has no such interface: put it into a lab file (--lab; nftproof lab infer --write-lab writes one).'
  return ''
}
