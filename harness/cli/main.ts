#!/usr/bin/env node
/**
 * The command. A supervisor process watches commands that may run for long. This file imports
 * everything dynamically, so it can report a limit of open files that stops the imports.
 */

/** The problem and the remedy, by error code. */
const REASONS: Readonly<Record<string, string>> = {
  EMFILE: 'the limit of open files is reached: raise it (ulimit -n 20000)',
  ENFILE: 'the system has no room for more open files: close some, or raise fs.file-max',
  EAGAIN: 'the limit of processes is reached: raise it (ulimit -u unlimited)',
  ENOMEM: 'there is no memory left: close other programs, or raise the limit (ulimit -v unlimited)',
}

try {
  const [{ canSupervise }, { cacheCompiled }] = [
    await import('../supervisor/watched.ts'),
    await import('../system/compile-cache.ts'),
  ]
  cacheCompiled()
  if (canSupervise(process.argv.slice(2)))
    process.exitCode = await (await import('../supervisor/supervise.ts')).supervise()
  else await import('./program.ts')
} catch (error) {
  notStarted(error)
}

/** Node's own exit code for it would mean a mismatch. */
function notStarted(error: unknown): void {
  const { message, code = '' } = error as NodeJS.ErrnoException
  const [first = ''] = message.split('\n')
  const why = REASONS[code] ?? first.replaceAll(/\p{Cc}/gu, ' ')
  process.stderr.write(`nftproof: the command could not be started: ${why}\n`)
  process.exitCode = 3
}
