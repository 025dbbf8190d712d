/** The requirements of `run`, each tested on this machine, with a remedy if it is missing. */
import { readFileSync } from 'node:fs'
import { availableParallelism, release } from 'node:os'
import { CommandError } from '../system/command-error.ts'
import { EnvironmentError } from '../system/errors.ts'
import { outputOf } from '../system/exec.ts'
import { EVERY_RUN, findProgram, type Program } from '../system/find-program.ts'
import type { Check } from './check.ts'
import { checkSandbox } from './sandbox-checks.ts'

export async function checks(): Promise<Check[]> {
  const tools = await Promise.all(EVERY_RUN.map(checkTool))
  const sandbox = tools.every((t) => t.status === 'ok') ? await checkSandbox() : []
  return [
    checkKernel(),
    checkArchitecture(),
    ...tools,
    ...sandbox,
    checkTracking(),
    checkProcesses(),
    checkCores(),
  ]
}

// PACKET_IGNORE_OUTGOING needs Linux 4.20, concatenated intervals need 5.6.
const OLDEST_KERNEL = [5, 6] as const

function checkKernel(): Check {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  const old = major < OLDEST_KERNEL[0] || (major === OLDEST_KERNEL[0] && minor < OLDEST_KERNEL[1])
  if (process.platform !== 'linux')
    return {
      name: 'kernel',
      status: 'missing',
      found: process.platform,
      remedy: 'run it on Linux, for example in a virtual machine',
    }
  return old
    ? {
        name: 'kernel',
        status: 'missing',
        found: release(),
        remedy: `use Linux ${OLDEST_KERNEL.join('.')} or later`,
      }
    : { name: 'kernel', status: 'ok', found: `Linux ${release()}` }
}

function checkArchitecture(): Check {
  const known = process.arch === 'x64' || process.arch === 'arm64'
  return known
    ? { name: 'node', status: 'ok', found: `${process.versions.node} on ${process.arch}` }
    : {
        name: 'node',
        status: 'missing',
        found: process.arch,
        remedy: 'use a 64-bit little-endian machine',
      }
}

const VERSION_FLAGS: Readonly<Record<string, readonly string[]>> = { ip: ['-V'] }

async function checkTool(name: Program): Promise<Check> {
  try {
    const path = findProgram(name)
    const { stdout } = await outputOf(path, VERSION_FLAGS[name] ?? ['--version'])
    return checkVersion(name, stdout.trim().split('\n')[0]!)
  } catch (error) {
    const absent = error instanceof EnvironmentError && !(error instanceof CommandError)
    return {
      name,
      status: 'missing',
      found: absent ? 'not found' : 'reports no version',
      remedy: (error as Error).message.split('\n')[0]!,
    }
  }
}

const OLDEST_NFT = [1, 0, 2] as const // element comments in verdict maps and concatenations with interface names

function checkVersion(name: string, found: string): Check {
  if (name !== 'nft') return { name, status: 'ok', found }
  const version = /v(\d+)\.(\d+)\.(\d+)/.exec(found)?.slice(1).map(Number) ?? []
  const at = OLDEST_NFT.findIndex((part, i) => (version[i] ?? 0) !== part)
  const old = at >= 0 && (version[at] ?? 0) < OLDEST_NFT[at]!
  return old
    ? { name, status: 'missing', found, remedy: `use nft ${OLDEST_NFT.join('.')} or later` }
    : { name, status: 'ok', found }
}

/** The flows of one sweep: one for each port. */
const SWEEP_FLOWS = 65536

function checkTracking(): Check {
  const name = 'tracking table'
  let max: number
  try {
    max = Number(readFileSync('/proc/sys/net/netfilter/nf_conntrack_max', 'utf8'))
  } catch {
    return { name, status: 'ok', found: 'connection tracking is not loaded yet' }
  }
  return max * 0.8 >= SWEEP_FLOWS
    ? { name, status: 'ok', found: `${max} entries` }
    : {
        name,
        status: 'warning',
        found: `${max} entries, but a sweep has more flows: nftproof flushes the table during a sweep`,
        remedy: `sysctl -w net.netfilter.nf_conntrack_max=${4 * SWEEP_FLOWS} avoids that`,
      }
}

/** Two commands of Node, the sandbox, its threads, and a program in each of them. */
const RUN_PROCESSES = 64

/** `limits`: proc_pid_limits(5). The kernel does not apply this limit to root (setrlimit(2)). */
export function checkProcesses(
  limits = readFileSync('/proc/self/limits', 'utf8'),
  isRoot = process.geteuid?.() === 0,
): Check {
  const name = 'processes'
  const [, limit = 'unlimited'] = /^Max processes +(\S+)/m.exec(limits) ?? []
  if (isRoot || limit === 'unlimited' || Number(limit) >= RUN_PROCESSES)
    return { name, status: 'ok', found: isRoot ? 'no limit for root' : `limit: ${limit}` }
  return {
    name,
    status: 'warning',
    found: `limit: ${limit}, for all processes of this user; a run has up to ${RUN_PROCESSES}`,
    remedy: 'raise the limit of processes (ulimit -u)',
  }
}

function checkCores(): Check {
  const cores = availableParallelism()
  return cores > 1
    ? { name: 'cores', status: 'ok', found: `${cores}` }
    : {
        name: 'cores',
        status: 'warning',
        found: '1: IPv4 and IPv6 run one after the other',
        remedy: 'use two cores to halve the time',
      }
}
