/** Why a command was killed, and the remedy. */

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** By the user, and not by a fault. */
export const isInterruption = (signal: NodeJS.Signals): boolean => SIGNALS.includes(signal)

/** What makes a command need less memory. */
const SMALLER: Readonly<Record<string, string>> = {
  diff: 'compare fewer paths at a time (--from, --to, --family)',
  run: 'run fewer scenarios at a time (nftproof run ID), or --jobs 1',
  matrix: 'compare fewer rulesets at a time, or --jobs 1',
}

/** The possible reason for such an end, and the remedy. */
export function reasonOf(signal: NodeJS.Signals, command = ''): string {
  const smaller = SMALLER[command] ?? 'give it less input'
  switch (signal) {
    // V8 ends so, after it has printed the sizes of its heap.
    case 'SIGABRT':
    case 'SIGTRAP':
      return `it needed more memory than Node allows: ${smaller}, or raise the limit (NODE_OPTIONS=--max-old-space-size=8192)`
    case 'SIGKILL':
      return `the system had no memory left, or another process killed it: ${smaller}`
    default:
      return 'this is a bug of Node or of a library'
  }
}
