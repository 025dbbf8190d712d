/** Loads nftables text, with the text of the harness around it. */
import { type FirewallPart, sourceLineOf } from '../../src/firewall/firewall.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { withoutHidden } from './hidden-lines.ts'
import type { Around, Loader } from './loader.ts'
import { type Executor, loadRuleset, RulesetError } from './nft.ts'
import { unsupported } from './unsupported.ts'
import { createUsers, unknownUsers } from './users.ts'

export const loader: Loader = {
  kind: 'nft',
  programs: () => ['nft'],
  load,
  takesText: true,
  namesByNumber: (text) => BY_NUMBER.test(text),
  isOptimizable: true,
}

/** Words behind which nft wants an interface that is there; others are names only. */
const BY_NUMBER = /\b[io]if\b|\bdevices?\b|\biface_index\b/

/** Repeated as long as it names users that can be created. */
function load(part: FirewallPart, { before, after, executor, check = false }: Around): void {
  for (;;)
    try {
      loadRuleset(`${before}${part.text}${after}`, {
        optimize: part.optimized === true && !check,
        check,
        ...executor,
      })
      return
    } catch (error) {
      if (error instanceof RulesetError && areMade(error, executor)) continue
      throw placedIn(error, part, { before, executor })
    }
}

/** With places in the files that the text comes from. */
function placedIn(error: unknown, part: FirewallPart, { before, executor }: Loading): unknown {
  const lines = before === '' ? 0 : 1
  if (error instanceof EnvironmentError)
    return new EnvironmentError(withPlaces(error.message, part, lines), { cause: error })
  if (!(error instanceof RulesetError)) return error
  return explained(faultIn(`${before}${part.text}`, executor) ?? error, part, lines)
}

type Loading = Pick<Around, 'before' | 'executor'>

/** Whether users that nft does not know were created. A container has the users of its image. */
function areMade({ message }: RulesetError, { inside }: Executor): boolean {
  const users = inside ? undefined : unknownUsers(message)
  return users !== undefined && createUsers(users)
}

/** nft's messages about the firewall's own text, without the quoted lines. */
function faultIn(text: string, executor: Executor): RulesetError | undefined {
  try {
    loadRuleset(text, { check: true, ...executor })
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
