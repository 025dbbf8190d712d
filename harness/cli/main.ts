#!/usr/bin/env node
/** The command: those that may be at work for long are watched over by a process that does nothing else. */
import { canSupervise, supervise } from '../supervise.ts'

if (canSupervise(process.argv.slice(2))) process.exitCode = await supervise()
else await import('./program.ts')
