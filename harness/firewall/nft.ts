/** Runs nft(8) in the network namespace of the calling thread, and returns its errors. */
import { divideNft } from '../../src/nft/text/divided.ts'
import { anyInclude } from '../../src/nft/text/includes.ts'
import { originalBytes } from '../../src/quote/utf8.ts'
import type { Executed, Execution } from '../contract/execution.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { shortened } from '../system/first-lines.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { loadInPortions, TOO_LARGE } from './portions.ts'

export interface Position {
  /** Both count from 1. */
  readonly line: number
  readonly column: number
}

/** nft refused the text. The message is nft's own, with the line that it concerns. */
export class RulesetError extends InputError {
  /** The position in the text. Undefined if nft gives none. */
  readonly position: Position | undefined
  constructor(message: string, position?: Position) {
    super(message)
    this.name = 'RulesetError'
    this.position = position
  }
}

/** Where the programs run that load rules: on this machine, or in a container. */
export interface Executor {
  /** Runs a program of the container as a process in the container. */
  readonly inside?: (execution: Execution) => Executed
}

/** The folders in which a container's programs are searched. */
export const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface LoadOptions extends Executor {
  /** Only check the text; nothing is loaded. */
  readonly check?: boolean
  /** Let nft merge rules first (nft --optimize). */
  readonly optimize?: boolean
  /** A command that starts nft, such as `unshare --net`. */
  readonly lead?: readonly string[]
}

/**
 * Loads nftables text in one transaction, or in several if it is too large for one. A failure may
 * then leave a part of it. Throws RulesetError if nft refuses the text, EnvironmentError if nft is
 * missing, is killed, or lacks permission.
 */
export function loadRuleset(text: string, options: LoadOptions = {}): void {
  const stderr = refusalOf(text, options)
  if (stderr === undefined) return
  if (TOO_LARGE.test(stderr)) {
    loadLarge(text, stderr, options)
    return
  }
  // A container's namespace always has the harness's tables.
  const canBeAlone = OUR_TABLES.test(stderr) && !options.inside
  const alone = canBeAlone ? refusalAlone(text, options) : undefined
  throw explain(alone ?? stderr, text)
}

function loadLarge(text: string, stderr: string, options: LoadOptions): void {
  // nft parses and evaluates everything before it sends the first message.
  if (options.check) return
  // A command before nft creates a namespace for each call. Merged rules would be merged across
  // portions.
  const isWhole = (options.lead ?? []).length > 0 || options.optimize === true
  if (isWhole) throw explain(stderr, text)
  const ending = loadInPortions(divideNft(text), (portion) => refusalOf(portion, options))
  if (ending.kind === 'refused') {
    // nft has already accepted the whole, so an error about a portion is not an error of the text.
    const isKernels = /Could not process rule/.test(ending.said)
    throw explain(isKernels ? ending.said : `${ending.said.trim()}\n${stderr}`, text)
  }
  if (ending.kind === 'too large') throw explain(`${place(ending.line)}${stderr}`, text)
}

const place = (line: number | undefined): string =>
  line === undefined
    ? ''
    : `ruleset:${line}:1: Error: too large: move the set of this rule into a named set (set NAME { … }, @NAME), which can be loaded in portions\n`

/** Next to the harness's tables, nft reports the new table instead of the rule in it. */
function refusalAlone(text: string, options: LoadOptions): string | undefined {
  const lead = [findProgram('unshare'), '--net']
  const stderr = refusalOf(text, { ...options, lead, check: true })
  return stderr?.includes('Could not process rule') ? stderr : undefined
}

/** nft's standard error. Undefined if nft succeeded. */
function refusalOf(
  text: string,
  { check = false, optimize = false, lead = [], inside }: LoadOptions,
): string | undefined {
  refuseIncludes(text)
  const options = [...(check ? ['--check'] : []), ...(optimize ? ['--optimize'] : [])]
  const args = [...options, '-f', '-']
  if (inside) return refusalInside(inside({ program: 'nft', args, input: text }))
  const [program, ...more] = [...lead, findProgram('nft'), ...args]
  const { status, stderr } = runProgramSync(program!, more, {
    name: 'nft',
    input: originalBytes(text),
  })
  return status === 0 ? undefined : stderr
}

function refusalInside({ status, stderr, isMissing }: Executed): string | undefined {
  if (isMissing) throw new InputError('the image has no nft, so it cannot load a ruleset')
  return status === 0 ? undefined : stderr
}

/**
 * Included files are already in place. nft would open a remaining include itself, without the
 * checks of this program. Such an include is text that is not a statement in its own file and
 * becomes one in the joined text.
 */
function refuseIncludes(text: string): void {
  const place = anyInclude(text)
  if (!place) return
  const { line, column } = place
  throw new RulesetError(
    `nft refuses the ruleset:\nruleset:${line}:${column}: Error: an include must begin a statement`,
    place,
  )
}

/** The standard error of nft(8), as an error with the line of `text` that it concerns. */
export function explain(stderr: string, text: string): RulesetError | EnvironmentError {
  const said =
    stderr.trim().replaceAll('/dev/stdin', 'ruleset').replaceAll(new RegExp(OUR_TABLES, 'g'), '') ||
    'nft gave no reason'
  const position = positionIn(said)
  if (TOO_LARGE.test(said) || (!position && /Operation not permitted/.test(said)))
    return new EnvironmentError(`nft cannot load rulesets here: ${said}${hint(said)}`)
  const where = position && !quotes(said) ? `\n${quote(text, position)}` : ''
  return new RulesetError(`nft refuses the ruleset:\n${shortened(said)}${where}`, position)
}

/** For a missing table, nft's suggestion may be a table of the lab. */
const OUR_TABLES = /; did you mean table [‘'"]nftproof_\w*[’'"] in family \w+\?/

function positionIn(said: string): Position | undefined {
  const match = /ruleset:(\d+):(\d+)/.exec(said)
  return match ? { line: Number(match[1]), column: Number(match[2]) } : undefined
}

/** nft itself shows the line with a caret, if it still has the text. */
function quotes(said: string): boolean {
  return /^\s*\^/m.test(said)
}

/** Characters quoted before and after the position. */
const AROUND = 200

function quote(text: string, { line, column: place }: Position): string {
  const from = Math.max(0, place - 1 - AROUND)
  const quoted = (text.split('\n')[line - 1] ?? '').slice(from, place + AROUND)
  const column = place - from
  return `${quoted}\n${quoted.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')}^`
}

function hint(said: string): string {
  return TOO_LARGE.test(said)
    ? '\nThe transaction is too large for nft without root, and cannot be divided: run as root.'
    : ''
}

/** Every table of the harness, whatever created it. */
export function removeOwnTables(): void {
  loadRuleset(OWN.map((name) => `table inet ${name}\ndelete table inet ${name}\n`).join(''))
}

export const OWN = ['nftproof_control', 'nftproof_witness', 'nftproof_trace']
