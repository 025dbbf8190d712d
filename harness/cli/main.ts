#!/usr/bin/env node
/** The command: those that may be at work for long are watched over by a process that does nothing else. */
import { canSupervise, supervise } from '../supervisor/supervise.ts'
import { cacheCompiled } from '../system/compile-cache.ts'

cacheCompiled()

if (canSupervise(process.argv.slice(2))) process.exitCode = await supervise().catch(notStarted)
else await import('./program.ts')

/** Node's own exit code for it would mean a mismatch. */
async function notStarted(error: Error): Promise<number> {
  const [{ EXIT }, { warn }] = await Promise.all([
    import('../system/errors.ts'),
    import('../output/console.ts'),
  ])
  warn(`the command could not be started: ${error.message}`)
  return EXIT.notMeasured
}
