/** nmap over the same ports through the same ruleset, between two hosts with kernels of their own. */
import { accessSync, constants } from 'node:fs'
import { enterCommand } from '../../harness/sandbox/enter.ts'
import { mustBeRootless } from '../../harness/sandbox/sandbox.ts'
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

/** `flags` are nmap's. Two commands, one for each family, `together` or one after the other. The time is that of the scans alone. */
export async function runNmap(
  ruleset: string,
  flags: readonly string[],
  { together }: { readonly together: boolean },
): Promise<NmapRun> {
  const main = new URL('./nmap-lab.ts', import.meta.url).pathname
  const command = [...enterCommand(mustBeRootless()), process.execPath, main]
  const input = JSON.stringify({ nmap: NMAP, ruleset, flags, together })
  const { out } = await timed(command, { input })
  return JSON.parse(out)
}
