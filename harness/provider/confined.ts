/** The rights and resource limits of every container with a firewall. */
import { totalmem } from 'node:os'
import type { HostConfig } from 'dockerode'

/** An appliance with all its daemons has some hundred processes. A fork bomb ends here. */
const MOST_PROCESSES = 1024
/** A ruleset with a million elements takes nft 1.5 GB, and the kernel as much. */
const MOST_MEMORY = 4 * 2 ** 30

/** The capabilities that set rules: NET_ADMIN for nft, NET_RAW for iptables (iptables(8)). */
export const CAPABILITIES = ['NET_ADMIN', 'NET_RAW'] as const

const MIB = 2 ** 20

/** At most half of the machine's memory. */
export const memoryLimit = (): number =>
  Math.min(MOST_MEMORY, Math.floor(totalmem() / 2 / MIB) * MIB)

/** The engine's defaults stay (its other capabilities, its seccomp filter, its hidden files). */
export function confined(): HostConfig {
  const memory = memoryLimit()
  return {
    NetworkMode: 'none',
    CapAdd: [...CAPABILITIES],
    SecurityOpt: ['no-new-privileges'],
    PidsLimit: MOST_PROCESSES,
    Memory: memory,
    MemorySwap: memory,
    // Its output is kept in a file on this machine.
    LogConfig: { Type: 'json-file', Config: { 'max-size': '8m', 'max-file': '1' } },
  }
}
