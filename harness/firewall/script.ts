/**
 * Runs a script that sets up a firewall, in the network namespace of the calling thread. The script
 * has all rights there and none elsewhere: harness/confine limits what it sees and does. All its
 * processes end with it.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { constants } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { threadId } from 'node:worker_threads'
import type { FirewallPart } from '../../src/firewall/firewall.ts'
import type { Order } from '../confine/order.ts'
import { watchWire } from '../confine/wire-check.ts'
import { CommandError } from '../system/command-error.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { startedModule } from '../system/module-url.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { safeText } from '../system/safe-text.ts'

/** The last lines of a script's output, shown if it fails. */
const LAST_LINES = 8
const LAST_BYTES = 4096
const FOLDER = '/run/nftproof/scripts'

// The process itself makes mounts private, because unshare(1) cannot do so in a chroot.
const NAMESPACES = ['--mount', '--propagation', 'unchanged', '--pid', '--ipc', '--uts', '--cgroup']
/** The first process ends with unshare, and all others end with the first. */
const TIED = ['--fork', '--kill-child']

/**
 * Throws InputError if the script fails, EnvironmentError if it cannot be confined or exceeds its
 * time, with the last lines of its output.
 */
export function runScript(part: FirewallPart): void {
  const { file } = part
  const [output, order] = [openNameless('output'), openNameless('order')]
  try {
    writeSync(order, JSON.stringify(orderOf(part)), 0)
    const checkWire = watchWire(file)
    const status = confined(output, order)
    checkWire()
    const refusal = readFileSync(`/proc/self/fd/${order}`, 'utf8')
    if (refusal !== '') throw new EnvironmentError(unconfined(file, refusal, endOf(output)))
    if (status !== 0)
      throw new InputError(`the script ${file} ended with ${exitCodeText(status)}${endOf(output)}`)
  } catch (error) {
    throw error instanceof CommandError ? explained(error, file, endOf(output)) : error
  } finally {
    closeSync(output)
    closeSync(order)
  }
}

function confined(output: number, order: number): number | null {
  const main = fileURLToPath(startedModule('confine'))
  return runProgramSync(findProgram('unshare'), [...NAMESPACES, ...TIED, process.execPath, main], {
    name: 'script',
    outputTo: output,
    third: order,
  }).status
}

function orderOf(part: FirewallPart): Order {
  const { file, text, folder = '/', interpreter = ['sh'], environment = {} } = part
  return { folder, name: basename(file), text, interpreter, environment }
}

/** Files instead of pipes: a background process of the script would keep a pipe open. */
function openNameless(name: string): number {
  mkdirSync(FOLDER, { recursive: true })
  const path = join(FOLDER, `${name}-${process.pid}-${threadId}`)
  const fd = openSync(path, 'w+', 0o600)
  unlinkSync(path)
  return fd
}

function endOf(output: number): string {
  const { size } = fstatSync(output)
  const end = Buffer.alloc(Math.min(size, LAST_BYTES))
  readSync(output, end, 0, end.length, size - end.length)
  const lines = end.toString('utf8').trim().split('\n').slice(-LAST_LINES)
  const said = safeText(lines.join('\n'), LAST_BYTES)
  return said === '' ? ', without output' : `:\n${said}`
}

/**
 * If the order was not even read, the message is from Node or from the program that creates the
 * namespaces.
 */
function unconfined(file: string, refusal: string, said: string): string {
  const why = refusal.startsWith('{') ? said.replace(/^:\n|, without output$/, '') : refusal
  return `the script ${file} cannot be confined here, so it was not run: ${safeText(why, LAST_BYTES)}`
}

/** Shells report signals as exit codes from here on. */
const SIGNALLED = 128

function exitCodeText(status: number | null): string {
  const signal = Object.entries(constants.signals).find(
    ([, number]) => number === (status ?? 0) - SIGNALLED,
  )
  return signal ? `code ${status} (${signal[0]})` : `code ${status}`
}

function explained(error: CommandError, file: string, said: string): Error {
  const { ending } = error
  const script = `the script ${file}`
  switch (ending.kind) {
    case 'timed-out':
      return new EnvironmentError(
        `${script} did not end within ${ending.timeoutMs / 1000} s: it was stopped with all its processes. Find out why it waits, or allow more time (--script-timeout 600)${said.replace(/^, without output$/, '. It printed nothing')}`,
      )
    case 'killed':
      return new InputError(`${script} was killed by ${ending.signal}${said}`)
    default:
      return error
  }
}
