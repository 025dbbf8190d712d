/** Which commands have a supervisor. It costs a process, so commands that cannot need it have none. */
import { accessSync, constants as files, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Set for the supervised command. */
export const SUPERVISED = 'NFTPROOF_SUPERVISED'

/**
 * Commands that catch signals, to print their results so far. Any other command ends by the signal
 * itself.
 */
export const CATCHING: ReadonlySet<string> = new Set(['diff', 'run'])
/** They load rulesets, whose listing may be too large for the memory. */
const MEASURING = new Set([...CATCHING, 'explain', 'matrix'])
/** They only read, and need much memory only for large files. */
const READING = new Set(['compile', 'lab', 'merge', 'policy', 'request', 'show'])
/** The folder of `nftproof show latest`. */
const RESULTS = 'results'
/** A reader needs up to a hundred times as much memory as a file has bytes. */
const LARGE_BYTES = 1 << 20
/** They print little, at once. */
const QUICK = new Set(['--list', '--help', '-h'])

/** Not where there is no setpriv, without which the command could outlive its supervisor. */
export function canSupervise([command = '', ...words]: readonly string[]): boolean {
  if (process.env[SUPERVISED] !== undefined || process.platform !== 'linux') return false
  if (SETPRIV === undefined || words.some((word) => QUICK.has(word))) return false
  if (MEASURING.has(command) || (command === 'request' && words[0] === 'review')) return true
  const named = [...words, ...(command === 'show' ? [RESULTS] : [])]
  return READING.has(command) && named.some(isLarge)
}

/** A large file, or a folder that has one. `--option=FILE` names a file too. */
function isLarge(word: string): boolean {
  const name = word.replace(/^--[\w-]+=/, '')
  const stat = statOf(name)
  if (!stat?.isDirectory()) return (stat?.size ?? 0) > LARGE_BYTES
  try {
    return readdirSync(name).some((one) => (statOf(join(name, one))?.size ?? 0) > LARGE_BYTES)
  } catch {
    return false
  }
}

function statOf(name: string) {
  try {
    return statSync(name, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

export const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv', '/sbin/setpriv'].find((path) => {
  try {
    accessSync(path, files.X_OK)
    return true
  } catch {
    return false
  }
})
