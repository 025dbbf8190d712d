/** Runs nft(8) in the calling thread's network namespace, and says what it had against a ruleset. */
import { spawnSync } from 'node:child_process'
import { EnvironmentFailure, InputFailure } from '../failure.ts'
import { findTool } from '../tools.ts'

/** nft refused the text. The message is nft's own, with the line that it is about. */
export class RulesetError extends InputFailure {
  constructor(message: string) {
    super(message)
    this.name = 'RulesetError'
  }
}

/** Loads nftables text in one transaction. Throws RulesetError where nft refuses it. */
export function loadRuleset(text: string): void {
  nft(['-f', '-'], text)
}

/** Has nft check the text without loading it. */
export function checkRuleset(text: string): void {
  nft(['--check', '-f', '-'], text)
}

function nft(args: readonly string[], input: string): void {
  const { status, signal, stderr, error } = spawnSync(findTool('nft'), args, {
    input,
    encoding: 'utf8',
  })
  if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE')
    throw new EnvironmentFailure(`nft could not be started: ${error.message}`, { cause: error })
  if (signal) throw new EnvironmentFailure(`nft was ended by ${signal}`)
  if (status !== 0) throw explain(stderr, input)
}

function explain(stderr: string, text: string): Error {
  const said = stderr.trim().replaceAll('/dev/stdin', 'ruleset') || 'nft gave no reason'
  if (/Operation not permitted|Message too long/.test(said) && !/ruleset:\d/.test(said))
    return new EnvironmentFailure(`nft cannot load rulesets here: ${said}${hint(said)}`)
  const line = Number(/ruleset:(\d+):/.exec(said)?.[1])
  const quoted = text.split('\n')[line - 1]
  const where =
    quoted === undefined || said.includes(quoted.trim()) ? '' : `\n  line ${line}: ${quoted.trim()}`
  return new RulesetError(`nft refuses the ruleset:\n${said}${where}`)
}

function hint(said: string): string {
  return said.includes('Message too long')
    ? ' (without root, nft cannot load so much in one transaction; run as root)'
    : ''
}
