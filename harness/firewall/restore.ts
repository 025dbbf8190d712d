/** Runs iptables-restore and its variants in the network namespace of the calling thread. */
import { type FirewallPart, sourceLineOf } from '../../src/firewall/firewall.ts'
import { divideSaved } from '../../src/nft/text/divided-saved.ts'
import { unseenInRuleset } from '../../src/nft/text/strange.ts'
import { originalBytes, positionAt } from '../../src/quote/utf8.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { findProgram, type Program } from '../system/find-program.ts'
import { shortened } from '../system/first-lines.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import type { Loader } from './loader.ts'
import type { Executor } from './nft.ts'
import { loadInPortions, TOO_LARGE } from './portions.ts'

type Name = 'iptables' | 'ip6tables'

/** Output of iptables-save or ip6tables-save. */
type IptablesPart = FirewallPart & { readonly kind: Name }

/** The program that loads such a part. */
const restoreProgram = ({ kind, backend }: IptablesPart): Program =>
  backend === undefined ? `${kind}-restore` : `${kind}-${backend}-restore`

export const savedLoader = (kind: Name): Loader => ({
  kind,
  programs: ({ backend, ...part }) => {
    const save: Program[] = backend === 'legacy' ? [`${kind}-legacy-save`] : []
    return [restoreProgram({ ...part, ...(backend && { backend }), kind }), ...save]
  },
  load: (part, around) => restore({ ...part, kind }, around),
  translator: () => `${kind}-restore-translate`,
})

interface Restoring {
  readonly executor: Executor
  /** Nothing is loaded, only checked. */
  readonly check?: boolean
}

/**
 * Throws InputError with file and line if the text is refused, EnvironmentError if it cannot be
 * loaded here.
 */
function restore(part: IptablesPart, { executor, check = false }: Restoring): void {
  const { text } = part
  const program = restoreProgram(part)
  const options = check ? ['--test'] : []
  const stderr = restoreAll(text, (saved, more) =>
    run(program, saved, { ...executor, options: [...options, ...more] }),
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

/** An invisible character in the line that the message names. */
function hint(part: IptablesPart): string {
  if (part.text.includes('\r\n')) return '\nThe file has Windows line ends (CRLF): use line feeds.'
  const blank = unseenInRuleset(part.text)
  if (!blank) return ''
  const { line, column } = positionAt(part.text, blank.offset)
  const place = sourceLineOf(part, line)
  return `\n${place.file}:${place.line}:${column}: iptables-restore does not read ${blank.name} as a blank: ${blank.remedy}`
}

type Restore = (
  saved: string,
  options: readonly string[],
) => { readonly status: number | null; readonly stderr: string }

/** In several transactions if it is too large for one. Returns the error, or undefined. */
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
      return `${stderr.trim()}\nThe transaction is too large for iptables without root, and cannot be divided: run as root.`
    default:
      throw new Error(`unknown ending ${JSON.stringify(ending satisfies never)}`)
  }
}

interface Running extends Executor {
  readonly options?: readonly string[]
}

/** The text is passed on standard input. */
export function run(program: Program, input: string, { inside, options = [] }: Running = {}) {
  if (!inside)
    return runProgramSync(findProgram(program), options, {
      name: program,
      input: originalBytes(input),
    })
  const executed = inside({ program, args: options, input })
  if (executed.isMissing)
    throw new InputError(`the image has no ${program}: install it in the image`)
  return executed
}
