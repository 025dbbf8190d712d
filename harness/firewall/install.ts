/** Loads a firewall of any kind into the calling thread's network namespace, in place of whatever was there. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { type Firewall, type FirewallPart, placeOf } from '../../src/firewall/firewall.ts'
import { EnvironmentFailure, InputFailure } from '../failure.ts'
import { findTool, type Program } from '../tools.ts'
import { type Loader, loadRuleset, RulesetError, USUAL_PATH } from './nft.ts'
import { type LegacyPart, restoreProgram } from './programs.ts'
import { runScript } from './script.ts'
import { unsupported } from './unsupported.ts'
import { createUsers, unknownUsers } from './users.ts'

/**
 * Throws InputFailure, with file and line, for what nft, iptables-restore or a
 * script refuses, and EnvironmentFailure for what this kernel, nft or machine
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

/** Text of the harness's own, loaded with that of a part. */
interface Around {
  readonly before: string
  readonly after: string
  readonly loader: Loader
}

export const FLUSH = 'flush ruleset\n'

function installPart(part: FirewallPart, around: Around): void {
  switch (part.kind) {
    case 'nft':
      installNft(part, around)
      break
    case 'iptables':
    case 'ip6tables':
      restore({ ...part, kind: part.kind }, around.loader)
      break
    case 'script':
      refuseInside(part, around)
      runScript(part)
      break
    default:
      throw new Error(`unknown kind ${part.kind satisfies never}`)
  }
}

function refuseInside({ file }: FirewallPart, { loader }: Around): void {
  if (loader.inside)
    throw new InputFailure(
      `${file}: a script is not run in a container; make it the image's own start-up (ready: …)`,
    )
}

function clearLegacy(): void {
  for (const [program, names] of [
    ['iptables-legacy-restore', '/proc/thread-self/net/ip_tables_names'],
    ['ip6tables-legacy-restore', '/proc/thread-self/net/ip6_tables_names'],
  ] as const)
    for (const table of tablesIn(names)) run(program, `*${table}\nCOMMIT\n`)
}

/** Tables of the older kind that are in use; none where the kernel has no such thing. */
export function tablesIn(names: string): string[] {
  if (!existsSync(names)) return []
  return readFileSync(names, 'utf8').split('\n').filter(Boolean)
}

/** Again and again, as long as users that it names can be made. */
function installNft(part: FirewallPart, { before, after, loader }: Around): void {
  for (;;)
    try {
      loadRuleset(`${before}${part.text}${after}`, {
        optimize: part.optimized === true,
        ...loader,
      })
      return
    } catch (error) {
      if (!(error instanceof RulesetError)) throw error
      const users = unknownUsers(error.message)
      if (users && createUsers(users)) continue
      throw explained(
        faultIn(`${before}${part.text}`, loader) ?? error,
        part,
        before === '' ? 0 : 1,
      )
    }
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
function explained(error: RulesetError, part: FirewallPart, before: number): Error {
  const said = error.message
    .replaceAll(/\bruleset:(\d+):(\d+)/g, (_, line, column) => {
      const at = placeOf(part, Number(line) - before)
      return `${at.file}:${at.line}:${column}`
    })
    .replace('nft refuses the ruleset', `nft refuses ${part.file}`)
  const missing = unsupported(error.message, `${'\n'.repeat(before)}${part.text}`, error.position)
  if (missing !== undefined) return new EnvironmentFailure(`${said}\n${missing}`)
  return new InputFailure(`${said}${hint(said, part)}`, { cause: error })
}

function hint(said: string, { text }: FirewallPart): string {
  if (text.includes('\r\n')) return '\nThe file has line ends of Windows (CRLF), which nft refuses.'
  if (said.includes('Interface does not exist'))
    return '\nThe lab has no such interface: put it into a lab file (--lab; nftproof lab infer --write-lab writes one).'
  return ''
}

function restore(part: LegacyPart, loader: Loader): void {
  const { text } = part
  const program = restoreProgram(part)
  const { status, stderr } = run(program, text, loader)
  if (status === 0) return
  const said = stderr.trim().replaceAll(/\bline:? (\d+)/g, (whole, line) => {
    const at = placeOf(part, Number(line))
    return `${whole} (${at.file}:${at.line})`
  })
  if (
    /No chain\/target\/match by that name|Extension \w+ revision|not supported|can't initialize/.test(
      said,
    )
  )
    throw new EnvironmentFailure(`${program} cannot load ${part.file} here: ${said}`)
  throw new InputFailure(`${program} refuses ${part.file}:\n${said || 'it gave no reason'}`)
}

function run(program: Program, input: string, { inside }: Loader = {}) {
  const [first, ...args] = inside ? [...inside, program] : [findTool(program)]
  const { status, stderr, error } = spawnSync(first!, args, {
    input,
    encoding: 'utf8',
    ...(inside ? { env: { ...process.env, PATH: USUAL_PATH } } : {}),
  })
  if (inside && stderr.includes(`failed to execute ${program}`))
    throw new InputFailure(`the image has no ${program}, so it cannot load such a firewall`)
  if (error)
    throw new EnvironmentFailure(`${program} could not be started: ${error.message}`, {
      cause: error,
    })
  return { status, stderr }
}
