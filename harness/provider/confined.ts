/** What every container of a firewall may do, and how much of the machine it may use. */
import { totalmem } from 'node:os'
import type { HostConfig } from 'dockerode'

/** An appliance with all its daemons has some hundred; a fork bomb ends here. */
const MOST_PROCESSES = 1024
/** A ruleset with a million elements takes nft 1.5 GB, and the kernel as much. */
const MOST_MEMORY = 4 * 2 ** 30

/** What sets rules: NET_ADMIN for nft, NET_RAW for iptables (iptables(8)). */
export const CAPABILITIES = ['NET_ADMIN', 'NET_RAW'] as const

const MIB = 2 ** 20

/** Never more than half of the machine's. */
export const memoryLimit = (): number =>
  Math.min(MOST_MEMORY, Math.floor(totalmem() / 2 / MIB) * MIB)

/** The engine's defaults (its other capabilities, its seccomp filter, its hidden files) are kept. */
export function confined(): HostConfig {
  const memory = memoryLimit()
  return {
    NetworkMode: 'none',
    CapAdd: [...CAPABILITIES],
    SecurityOpt: ['no-new-privileges'],
    PidsLimit: MOST_PROCESSES,
    Memory: memory,
    MemorySwap: memory,
    // What it prints is kept in a file of this machine.
    LogConfig: { Type: 'json-file', Config: { 'max-size': '8m', 'max-file': '1' } },
  }
}
