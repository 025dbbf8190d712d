/** Runs a check as a child, and passes on the signals that come meanwhile. */
import { spawn } from 'node:child_process'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

class Interrupted extends Error {
  readonly signal: NodeJS.Signals
  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`)
    this.signal = signal
  }
}

export function heading(name: string): void {
  process.stdout.write(`\n── ${name} ──\n`)
}

/** Exit code of a command. A signal that comes meanwhile goes to it, and ends everything once what was made is removed. */
export async function run(
  [program, ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number | null> {
  let interrupted: NodeJS.Signals | undefined
  const child = spawn(program!, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } })
  const pass = (signal: NodeJS.Signals): void => {
    interrupted = signal
    child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, pass)
  const status = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null))
    child.on('close', resolve)
  })
  for (const signal of SIGNALS) process.off(signal, pass)
  if (interrupted) throw new Interrupted(interrupted)
  return status
}

/** Runs `main`; a signal that came meanwhile ends this process too. */
export async function untilInterrupted(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    process.kill(process.pid, error.signal)
  }
}
