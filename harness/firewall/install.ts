/**
 * Loads a firewall of any kind into the network namespace of the calling thread, instead of the
 * rules there.
 */
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
 * Throws InputError with file and line if nft, iptables-restore or a script refuses it, and
 * EnvironmentError if this kernel, nft or machine cannot load it. `own` is text of the harness,
 * loaded after everything else.
 */
export function installFirewall({ parts }: Firewall, own = '', loader: Loader = {}): void {
  clearLegacy()
  // Fewer transactions if the firewall is nftables text.
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
 * Messages of nft and iptables-restore about all parts of a firewall. The last part is not loaded.
 * A script is not run, and the parts after it are not checked. Call it in a namespace of its own.
 */
export function refusalsOf({ parts }: Firewall): string[] {
  const until = parts.findIndex(({ kind }) => kind === 'script')
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

/** Undefined as well if this machine cannot check it. Loading the firewall will report that. */
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

/** Text of the harness that is loaded with a part. */
interface Around {
  readonly before: string
  readonly after: string
  readonly loader: Loader
  /** Nothing is loaded, only checked. */
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
      // A script is refused earlier. This is a second check.
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
      `${file}: a script cannot be loaded into a container: run it from the image itself (ready: …)`,
    )
}

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

/** Repeated as long as it names users that can be created. */
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

/** Whether users that nft does not know were created. A container has the users of its image. */
function areMade({ message }: RulesetError, { inside }: Loader): boolean {
  const users = inside ? undefined : unknownUsers(message)
  return users !== undefined && createUsers(users)
}

/** nft's messages about the firewall's own text, without the quoted lines. */
function faultIn(text: string, loader: Loader): RulesetError | undefined {
  try {
    loadRuleset(text, { check: true, ...loader })
    return undefined
  } catch (error) {
    return error instanceof RulesetError ? error : undefined
  }
}

/**
 * With positions in the files that the text comes from. `before`: lines of the harness before that
 * text.
 */
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
  if (text.includes('\r\n'))
    return "\nnft refuses the file's Windows line ends (CRLF): use line feeds."
  if (said.includes('Interface does not exist'))
    return '\nThe lab has no such interface: add it to a lab file (--lab). nftproof lab infer --write-lab writes one.'
  return ''
}
