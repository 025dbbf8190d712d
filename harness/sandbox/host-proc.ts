/**
 * The sandbox's view of processes outside: the host's /proc, as a descriptor
 * that the command hands over. Only labs in namespaces that exist already need
 * it, and only they have it.
 */
import { closeSync, openSync } from 'node:fs'

/** The environment's name for the descriptor's number. */
export const HOST_PROC = 'NFTPROOF_HOST_PROC'
/** The one after standard input, output, error and Node's channel. */
export const HOST_PROC_FD = 4

/**
 * Path of the host's /proc as everything in the sandbox sees it; undefined where
 * none was handed over. Programs that are started from here do not inherit it.
 */
export function keepHostProc(): string | undefined {
  const given = process.env[HOST_PROC]
  delete process.env[HOST_PROC]
  if (given === undefined) return undefined
  const kept = openSync(`/proc/self/fd/${given}`, 'r')
  closeSync(Number(given))
  return `/proc/${process.pid}/fd/${kept}`
}
