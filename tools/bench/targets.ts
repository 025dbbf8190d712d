/** What is to be reached, and the words for whether it is. */

/** Times `node -e 0` in the same round. */
export const VERSION_TO_NODE = 3
/** Milliseconds on a quiet machine, which starts Node in NODE_MS. */
export const LIST_MS = 250
export const SCENARIO_MS = 450
/** Times the floor in the same round. */
export const COMMAND_TO_FLOOR = 1.25
/** MB of all processes together, where pages that they share count once (PSS, proc_pid_smaps(5)). */
export const RESIDENT_MB = 200

/** `node -e 0` on the quiet machine that the targets are about. */
export const NODE_MS = 30

/** `target 250 ms: met`. */
export function targetWords(value: number, most: number, unit: string): string {
  return `target ${most}${unit}: ${value <= most ? 'met' : 'not met'}`
}

/** What a ratio to `node -e 0` is on the quiet machine, in milliseconds. */
export const quietMs = (toNode: number): number => Math.round(toNode * NODE_MS)
