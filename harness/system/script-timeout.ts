/** `--script-timeout`: how long a script may take, for all that this command starts. */
import { TIME_LIMITS } from './time-limits.ts'

export interface ScriptFlags {
  readonly scriptTimeout?: number
}

/** Before a sandbox is started: its threads have the variables of that moment. The last one of a name counts. */
export function limitScripts({ scriptTimeout }: ScriptFlags): void {
  if (scriptTimeout === undefined) return
  const before = process.env[TIME_LIMITS]
  const own = `script=${scriptTimeout}`
  process.env[TIME_LIMITS] = before === undefined || before === '' ? own : `${before},${own}`
}
