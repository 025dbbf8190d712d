/** nmap over the same ports through the same ruleset, between two hosts with kernels of their own. */
import { accessSync, constants } from 'node:fs'
import { enterCommand, mustBeRootless } from '../sandbox/sandbox.ts'
import { timed } from './measure.ts'

export const NMAP = ['/usr/bin/nmap', '/usr/local/bin/nmap'].find((path) => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
})

export interface NmapRun {
  readonly ms: number
  /** Ports of each kind that it found, over both families and protocols; empty when it gave up. */
  readonly found: Readonly<Record<string, number>>
}

/** IPv4, then IPv6; `flags` are nmap's. The time is that of the scans alone. */
export async function runNmap(ruleset: string, flags: readonly string[]): Promise<NmapRun> {
  const main = new URL('./nmap-lab.ts', import.meta.url).pathname
  const command = [...enterCommand(mustBeRootless()), process.execPath, main]
  const { out } = await timed(command, { input: JSON.stringify({ nmap: NMAP, ruleset, flags }) })
  return JSON.parse(out)
}
