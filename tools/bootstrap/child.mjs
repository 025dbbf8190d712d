/** How the bootstrap runs other programs, and how it ends. */
import { spawn } from 'node:child_process'

/** Exit codes, as in harness/system/errors.ts, which this cannot import before Node 24 is there. */
export const BAD_USAGE = 2
export const NOT_MEASURED = 3

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a command to its end and passes on the signals that come meanwhile. A
 * command that ends by a signal ends this program too, by the same one.
 */
export async function start([program, ...args], options) {
  const child = spawn(program, args, options)
  let output = ''
  let stdout = ''
  let interrupted
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text
      if (stream === child.stdout) stdout += text
    })
  const pass = (signal) => {
    interrupted = signal
    if (!sentByTerminal(signal)) child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, pass)
  const end = await new Promise((resolve) => {
    child.on('error', (error) => resolve({ error, status: null, signal: null }))
    child.on('close', (status, signal) => resolve({ status, signal }))
  })
  for (const signal of SIGNALS) process.off(signal, pass)
  if (end.signal) throw new Signal(end.signal)
  return { ...end, interrupted, output, stdout }
}

/** Runs a command that something else needs: interrupted, nothing comes after it. */
export async function prepare(command, options) {
  const run = await start(command, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  if (run.interrupted) throw new Signal(run.interrupted)
  return run
}

// Ctrl-C reaches every process at the terminal: passed on, it would arrive
// twice, and the second one ends a run before it has said what it knows.
function sentByTerminal(signal) {
  const streams = [process.stdin, process.stdout, process.stderr]
  return signal === 'SIGINT' && streams.some((stream) => stream.isTTY)
}

export function say(text) {
  process.stderr.write(`nftproof: ${text}\n`)
}

/** Ends the program; an exception, so that what was begun is cleaned up on the way. */
export class Failure extends Error {
  constructor(code, text) {
    super(text)
    this.code = code
  }
}

/** Ends the program as its child ended. */
export class Signal extends Error {
  constructor(name) {
    super(name)
    this.name = name
  }
}

export function fail(code, text) {
  throw new Failure(code, text)
}
