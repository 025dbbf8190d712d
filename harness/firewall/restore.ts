/** Runs iptables-restore and its relatives in the calling thread's network namespace. */
import { sourceLineOf } from '../../src/firewall/firewall.ts'
import { divideSaved } from '../../src/nft/text/divided-saved.ts'
import { unseenInRuleset } from '../../src/nft/text/strange.ts'
import { originalBytes, positionAt } from '../../src/quote/utf8.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { findProgram, type Program } from '../system/find-program.ts'
import { shortened } from '../system/first-lines.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import type { Loader } from './nft.ts'
import { loadInPortions, TOO_LARGE } from './portions.ts'
import { type IptablesPart, restoreProgram } from './programs.ts'

export interface Restoring {
  readonly loader: Loader
  /** Nothing is loaded: only whether it could be is asked. */
  readonly check?: boolean
}

/** Throws InputError, with file and line, for what it refuses, EnvironmentError for what cannot be loaded here. */
export function restore(part: IptablesPart, { loader, check = false }: Restoring): void {
  const { text } = part
  const program = restoreProgram(part)
  const options = check ? ['--test'] : []
  const stderr = restoreAll(text, (saved, more) =>
    run(program, saved, { ...loader, options: [...options, ...more] }),
  )
  if (stderr === undefined) return
  const said = shortened(stderr.trim()).replaceAll(/\bline:? (\d+)/g, (whole, line) => {
    const at = sourceLineOf(part, Number(line))
    return `${whole} (${at.file}:${at.line})`
  })
  if (
    TOO_LARGE.test(said) ||
    /No chain\/target\/match by that name|Extension \w+ revision|not supported|can't initialize/.test(
      said,
    )
  )
    throw new EnvironmentError(`${program} cannot load ${part.file} here: ${said}${hint(part)}`)
  throw new InputError(
    `${program} refuses ${part.file}:\n${said || 'it gave no reason'}${hint(part)}`,
  )
}

/** What cannot be seen in the line that it complains of. */
function hint(part: IptablesPart): string {
  if (part.text.includes('\r\n'))
    return '\nThe file has line ends of Windows (CRLF), which it does not take.'
  const blank = unseenInRuleset(part.text)
  if (!blank) return ''
  const { line, column } = positionAt(part.text, blank.offset)
  const place = sourceLineOf(part, line)
  return `\n${place.file}:${place.line}:${column}: ${blank.name} is no blank to it: ${blank.remedy}`
}

type Restore = (
  saved: string,
  options: readonly string[],
) => { readonly status: number | null; readonly stderr: string }

/** In several transactions where one may not hold it all; what was said against it, or undefined. */
function restoreAll(text: string, restoreSome: Restore): string | undefined {
  const { status, stderr } = restoreSome(text, [])
  if (status === 0 || !TOO_LARGE.test(stderr)) return status === 0 ? undefined : stderr
  const ending = loadInPortions(divideSaved(text), (saved, isFirst) => {
    const some = restoreSome(saved, isFirst ? [] : ['--noflush'])
    return some.status === 0 ? undefined : some.stderr
  })
  switch (ending.kind) {
    case 'loaded':
      return undefined
    case 'refused':
      return ending.said
    case 'too large':
      return `${stderr.trim()}\nWithout root, iptables cannot load so much in one transaction, and this cannot be divided: run as root.`
    default:
      throw new Error(`unknown ending ${JSON.stringify(ending satisfies never)}`)
  }
}

interface Running extends Loader {
  readonly options?: readonly string[]
}

/** Standard input is the text. */
export function run(program: Program, input: string, { inside, options = [] }: Running = {}) {
  if (!inside)
    return runProgramSync(findProgram(program), options, {
      name: program,
      input: originalBytes(input),
    })
  const executed = inside({ program, args: options, input })
  if (executed.isMissing)
    throw new InputError(`the image has no ${program}, so it cannot load such a firewall`)
  return executed
}
