#!/usr/bin/env node
/**
 * The command: those that may be at work for long are watched over by a process
 * that does nothing else. Imports nothing at once, so that a limit at which not
 * even our own files can be opened is told as that.
 */

/** What stands in the way, by error code, and what to do. */
const REASONS: Readonly<Record<string, string>> = {
  EMFILE: 'the limit of open files is reached: raise it (ulimit -n 20000)',
  ENFILE: 'the system has no room for more open files: close some, or raise fs.file-max',
  EAGAIN: 'the limit of processes is reached: raise it (ulimit -u unlimited)',
  ENOMEM: 'there is no memory left: close other programs, or raise the limit (ulimit -v unlimited)',
}

try {
  const [{ canSupervise, supervise }, { cacheCompiled }] = [
    await import('../supervisor/supervise.ts'),
    await import('../system/compile-cache.ts'),
  ]
  cacheCompiled()
  if (canSupervise(process.argv.slice(2))) process.exitCode = await supervise()
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
