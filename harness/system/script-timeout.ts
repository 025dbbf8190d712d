/** `--script-timeout`: the time limit of scripts, for all processes of this command. */
import { TIME_LIMITS } from './time-limits.ts'

export interface ScriptFlags {
  readonly scriptTimeout?: number
}

/**
 * Must be set before a sandbox starts, because its threads copy the variables then. The last entry
 * of a name counts.
 */
export function limitScripts({ scriptTimeout }: ScriptFlags): void {
  if (scriptTimeout === undefined) return
  const before = process.env[TIME_LIMITS]
  const own = `script=${scriptTimeout}`
  process.env[TIME_LIMITS] = before === undefined || before === '' ? own : `${before},${own}`
}
