/**
 * The README's commands on a machine that has Node and nothing else of ours:
 *
 *     node tools/bootstrap.mjs fresh [conformance|test] [root|user] [ARGS…]
 *
 * Makes a minimal Debian in memory, clones the present commit into it, and runs
 * `npm run conformance -- --quiet` or `npm test` there, as root and as a user
 * who may use sudo without a password (conformance: as root only). ARGS take the
 * place of `--quiet`, or name test files. Ends as the first command that fails;
 * 3 where there could be no such machine. Needs root.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EnvironmentError, EXIT, InputError } from '../../harness/system/errors.ts'
import { findProgram } from '../../harness/system/find-program.ts'
import { environment, guestEnvironment } from './machine.ts'

const PROJECT = new URL('../..', import.meta.url).pathname
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const WHO = ['root', 'user'] as const
type Who = (typeof WHO)[number]

interface Asked {
  readonly job: 'conformance' | 'test'
  readonly who: readonly Who[]
  readonly args: readonly string[]
}

function asked([job = 'test', ...rest]: readonly string[]): Asked {
  if (job !== 'conformance' && job !== 'test')
    throw new InputError(`${JSON.stringify(job)}: say conformance or test`)
  const one = WHO.find((who) => who === rest[0])
  const who = one ? [one] : job === 'test' ? WHO : (['root'] as const)
  const args = (one ? rest.slice(1) : rest).filter((arg) => arg !== '--')
  return { job, who, args: job === 'conformance' && args.length === 0 ? ['--quiet'] : args }
}

async function main(): Promise<number> {
  const { job, who, args } = asked(process.argv.slice(2))
  if (process.geteuid?.() !== 0)
    throw new EnvironmentError(
      'fresh: a root file system is made and entered by root only: run it as root (sudo)',
    )
  const command = ['npm', ...(job === 'test' ? ['test'] : ['run', 'conformance']), '--', ...args]
  for (const one of who) {
    say(`${command.join(' ')}, as ${one === 'root' ? 'root' : 'a user with sudo'}`)
    const code = await inFreshRoot(one, command)
    if (code !== 0) {
      say(`✘ ${command.join(' ')} ended with ${code} as ${one}; its output is above`)
      return code
    }
    say(`✔ ${command.join(' ')} ended with 0 as ${one}`)
  }
  return 0
}

/**
 * Everything lies in memory and in namespaces that end with the first process in
 * them, so that nothing is left behind, whatever ends this; but for an empty folder.
 */
async function inFreshRoot(who: Who, command: readonly string[]): Promise<number> {
  const stop = stopOnSignals()
  const root = mkdtempSync(join(tmpdir(), 'nftproof-fresh-'))
  const lead = [findProgram('setpriv'), '--pdeathsig', 'KILL', findProgram('unshare')]
  const enter = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const script = new URL('root.sh', import.meta.url).pathname
  const words = [...lead, ...enter, 'sh', script, root, PROJECT, who, ...command]
  try {
    return await ended(words, { ...environment(), ...guestEnvironment() }, stop)
  } finally {
    rmdirSync(root)
  }
}

/** Kills the program that is started later. Signals are caught before there is anything to leave. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController()
  for (const signal of SIGNALS) process.on(signal, () => stop.abort())
  return stop.signal
}

function ended(
  [program, ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  stop: AbortSignal,
): Promise<number> {
  const child = spawn(program!, args, { stdio: ['ignore', 'inherit', 'inherit'], env })
  stop.addEventListener('abort', () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? EXIT.notMeasured))
  })
}

const say = (text: string): void => void process.stdout.write(`fresh: ${text}\n`)

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof EnvironmentError || error instanceof InputError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
