/** Runs nft(8) in the calling thread's network namespace, and says what it had against a ruleset. */
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

/** nft refused the text. The message is nft's own, with the line that it is about. */
export class RulesetError extends InputError {
  /** Where in the text; undefined where nft does not say. */
  readonly position: Position | undefined
  constructor(message: string, position?: Position) {
    super(message)
    this.name = 'RulesetError'
    this.position = position
  }
}

/** Whose nft it is: this machine's, or that of a container. */
export interface Loader {
  /** Runs a program of the container, as a process of the container. */
  readonly inside?: (execution: Execution) => Executed
}

/** Where programs of a container are looked for. */
export const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface LoadOptions extends Loader {
  /** Have the text checked only: nothing is loaded. */
  readonly check?: boolean
  /** Have nft merge rules first (nft --optimize). */
  readonly optimize?: boolean
  /** Command that nft is preceded by, as `unshare --net`. */
  readonly lead?: readonly string[]
}

/**
 * Loads nftables text in one transaction, or in several where one may not hold
 * it all: a failure may then leave a part of it. Throws RulesetError where nft refuses
 * the text, EnvironmentError where nft is missing, is killed, or may not load.
 */
export function loadRuleset(text: string, options: LoadOptions = {}): void {
  const stderr = refusalOf(text, options)
  if (stderr === undefined) return
  if (TOO_LARGE.test(stderr)) {
    loadLarge(text, stderr, options)
    return
  }
  // In a container there is no namespace without our tables.
  const canBeAlone = OUR_TABLES.test(stderr) && !options.inside
  const alone = canBeAlone ? refusalAlone(text, options) : undefined
  throw explain(alone ?? stderr, text)
}

function loadLarge(text: string, stderr: string, options: LoadOptions): void {
  // nft reads and understands everything before it sends the first message.
  if (options.check) return
  // What stands in front makes a namespace for each; merged rules are merged across portions.
  const isWhole = (options.lead ?? []).length > 0 || options.optimize === true
  if (isWhole) throw explain(stderr, text)
  const ending = loadInPortions(divideNft(text), (portion) => refusalOf(portion, options))
  if (ending.kind === 'refused') {
    // nft has understood the whole already: what it does not understand of a part is no fault of the text.
    const isKernels = /Could not process rule/.test(ending.said)
    throw explain(isKernels ? ending.said : `${ending.said.trim()}\n${stderr}`, text)
  }
  if (ending.kind === 'too large') throw explain(`${place(ending.line)}${stderr}`, text)
}

const place = (line: number | undefined): string =>
  line === undefined
    ? ''
    : `ruleset:${line}:1: Error: too large by itself: a set in a rule must be a named one (set NAME { … }, @NAME) so that it can be loaded in portions\n`

/** Beside our tables nft blames the table that is being made, and not the rule in it. */
function refusalAlone(text: string, options: LoadOptions): string | undefined {
  const lead = [findProgram('unshare'), '--net']
  const stderr = refusalOf(text, { ...options, lead, check: true })
  return stderr?.includes('Could not process rule') ? stderr : undefined
}

/** What nft wrote on its standard error; undefined where it did as it was told. */
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
 * Included files are in their places before: what is left would be opened by nft
 * itself, and no rule of ours says which files it may open. It comes from text
 * that is no statement in its own file and becomes one beside others.
 */
function refuseIncludes(text: string): void {
  const place = anyInclude(text)
  if (!place) return
  const { line, column } = place
  throw new RulesetError(
    `nft refuses the ruleset:\nruleset:${line}:${column}: Error: an include stands where no statement begins`,
    place,
  )
}

/** What nft(8) wrote on its standard error, as an error with the line of `text` that it is about. */
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

/** nft's guess, where a table is missing, may be one of the lab's own. */
const OUR_TABLES = /; did you mean table [‘'"]nftproof_\w*[’'"] in family \w+\?/

function positionIn(said: string): Position | undefined {
  const match = /ruleset:(\d+):(\d+)/.exec(said)
  return match ? { line: Number(match[1]), column: Number(match[2]) } : undefined
}

/** nft itself shows the line with a caret below, where it still has the text. */
function quotes(said: string): boolean {
  return /^\s*\^/m.test(said)
}

/** Characters of a line before and behind the place that is quoted. */
const AROUND = 200

function quote(text: string, { line, column: place }: Position): string {
  const from = Math.max(0, place - 1 - AROUND)
  const quoted = (text.split('\n')[line - 1] ?? '').slice(from, place + AROUND)
  const column = place - from
  return `${quoted}\n${quoted.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')}^`
}

function hint(said: string): string {
  return TOO_LARGE.test(said)
    ? '\nWithout root, nft cannot load so much in one transaction, and this cannot be divided: run as root.'
    : ''
}

/** Every table of the harness's own, whatever left it there. */
export function removeOwnTables(): void {
  loadRuleset(OWN.map((name) => `table inet ${name}\ndelete table inet ${name}\n`).join(''))
}

export const OWN = ['nftproof_control', 'nftproof_witness', 'nftproof_trace']
