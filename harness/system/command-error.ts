/** The error of a program that could not do its work. */
import { EnvironmentError } from './errors.ts'
import { startRemedy } from './limit-remedies.ts'
import { safeText } from './safe-text.ts'
import { TIME_LIMITS } from './time-limits.ts'

/** The end of a program that did not exit with a code. */
export type Ending =
  | { readonly kind: 'not-started'; readonly cause: NodeJS.ErrnoException }
  | { readonly kind: 'timed-out'; readonly timeoutMs: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'too-much-output'; readonly mostBytes: number }
  | { readonly kind: 'failed'; readonly status: number }

export interface ProgramRun {
  /** The name for messages and time limits: `nft`, even if `nsenter` started it. */
  readonly name: string
  readonly command: readonly string[]
  readonly stderr: string
}

const MOST_ARGUMENTS = 120
const MOST_STDERR = 2000

/** The exit code of the command is 3: this program measured nothing. */
export class CommandError extends EnvironmentError {
  readonly program: string
  /** The whole command line, shortened. */
  readonly command: string
  readonly ending: Ending
  /** Shortened, without control characters. */
  readonly stderr: string

  constructor(run: ProgramRun, ending: Ending) {
    const command = safeText(run.command.map(baseName).join(' '), MOST_ARGUMENTS)
    const stderr = safeText(run.stderr.trim(), MOST_STDERR)
    super(messageOf(run.name, command, ending, stderr), {
      cause: ending.kind === 'not-started' ? ending.cause : undefined,
    })
    this.name = 'CommandError'
    this.program = run.name
    this.command = command
    this.ending = ending
    this.stderr = stderr
  }
}

/** Messages name programs without their folders. */
const baseName = (word: string, i: number): string => (i === 0 ? word.replace(/^.*\//, '') : word)

function messageOf(name: string, command: string, ending: Ending, stderr: string): string {
  const said = stderr === '' ? '' : `\nIts output:\n${stderr}`
  return `${name} ${endingText(name, command, ending)}${said}`
}

function endingText(name: string, command: string, ending: Ending): string {
  switch (ending.kind) {
    case 'not-started': {
      const { cause } = ending
      return `could not be started: ${startRemedy(cause) ?? cause.message} (${command})`
    }
    case 'timed-out': {
      const seconds = ending.timeoutMs / 1000
      return `did not end within ${seconds} s: it was stopped (${command}). Find out why it waits. If it only needs more time, set ${TIME_LIMITS}=${name}=${Math.ceil(seconds * 5)}`
    }
    case 'killed':
      return `was killed by ${ending.signal} (${command}): ${killer(ending.signal)}`
    case 'too-much-output':
      return `printed more than ${ending.mostBytes.toLocaleString('en')} bytes, the most that is read of a program: it was stopped (${command}). ${LESS[name] ?? 'Find out what it prints'}`
    case 'failed':
      return `ended with code ${ending.status} (${command})`
    default:
      throw new Error(`unknown ending ${ending satisfies never}`)
  }
}

/** How a program prints less. */
const LESS: Readonly<Record<string, string>> = {
  nft: 'Make the ruleset smaller: an nftproof ruleset has at most 2,000,000 elements and 100,000 rules',
}

/** The usual source of this signal, and the remedy. */
export function killer(signal: NodeJS.Signals): string {
  switch (signal) {
    case 'SIGKILL':
      return 'the kernel does that when memory runs out (see dmesg, or memory.events of the container): give it more memory, or run with --jobs 1. Another process may also have killed it'
    case 'SIGXCPU':
      return 'the limit of processor time is reached: raise it (ulimit -t)'
    case 'SIGXFSZ':
      return 'the limit of file sizes is reached: raise it (ulimit -f)'
    case 'SIGABRT':
    case 'SIGSEGV':
    case 'SIGBUS':
    case 'SIGTRAP':
    case 'SIGILL':
      return 'it crashed, often because of a memory limit: raise the limits (ulimit -v, the memory limit of the container)'
    default:
      return 'another process ended it: run the command again'
  }
}
