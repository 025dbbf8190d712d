/**
 * The sandbox's access to processes outside: the host's /proc, as a descriptor that the command
 * passes on. Only labs in existing namespaces need it, and only their sandbox gets it.
 */
import { closeSync, openSync } from 'node:fs'

/** The environment variable with the descriptor's number. */
export const HOST_PROC = 'NFTPROOF_HOST_PROC'
/** The first descriptor after standard input, output, error and Node's channel. */
export const HOST_PROC_FD = 4

/**
 * The path of the host's /proc for everything in the sandbox. Undefined if none was passed on.
 * Programs started from here do not inherit it.
 */
export function keepHostProc(): string | undefined {
  const given = process.env[HOST_PROC]
  delete process.env[HOST_PROC]
  if (given === undefined) return undefined
  const kept = openSync(`/proc/self/fd/${given}`, 'r')
  closeSync(Number(given))
  return `/proc/${process.pid}/fd/${kept}`
}
