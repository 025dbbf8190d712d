/** Running commands and keeping figures: wall time, and the memory of a whole tree of processes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'

/** The command as it is installed; `npm run bench` builds it first. */
export const COMMAND = new URL('../../dist/nftproof.js', import.meta.url).pathname

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly kernel: string
  readonly node: string
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    kernel: release(),
    node: process.versions.node,
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export interface Timed {
  readonly ms: number
  readonly out: string
  /** Most that the command and all its descendants had resident at once, in MB; 0 where it was not asked for. */
  readonly peakMb: number
  /** The same, where pages that several processes share count once: Node's own code above all. */
  readonly peakOnceMb: number
}

const SAMPLE_MS = 15

interface TimedOptions {
  readonly input?: string
  /** Sample the memory, which takes time from what is measured. */
  readonly memory?: boolean
  /** How often that is done. */
  readonly sampleMs?: number
}

/** Runs a command to its end. Throws when it fails, with what it said. */
export async function timed(
  command: readonly string[],
  { input = '', memory = false, sampleMs = SAMPLE_MS }: TimedOptions = {},
): Promise<Timed> {
  const began = performance.now()
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  let peakMb = 0
  let peakOnceMb = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdin.end(input)
  const sample = (): void => {
    const { mb, onceMb } = residentMb(child.pid!)
    peakMb = Math.max(peakMb, mb)
    peakOnceMb = Math.max(peakOnceMb, onceMb)
  }
  const sampling = memory ? setInterval(sample, sampleMs) : undefined
  const [code] = await once(child, 'close')
  clearInterval(sampling)
  const ms = performance.now() - began
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${err || out}`)
  return { ms, out, peakMb, peakOnceMb }
}

/** Sums over the process and its descendants of what is resident. */
function residentMb(root: number): { readonly mb: number; readonly onceMb: number } {
  const parents = new Map<number, number>()
  const pages = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!pid) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      parents.set(pid, Number(fields[1]))
      pages.set(pid, Number(fields[21]))
    } catch {}
  }
  const isOurs = (pid: number): boolean =>
    pid === root || (parents.has(pid) && isOurs(parents.get(pid)!))
  const own = [...pages].filter(([pid]) => isOurs(pid))
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
  return {
    mb: (sum(own.map(([, count]) => count)) * 4096) / 1e6,
    onceMb: (sum(own.map(([pid]) => proportionalKib(pid))) * 1024) / 1e6,
  }
}

/** Resident set where each page counts by the number of its users (proc_pid_smaps(5)); 0 where the process has ended. */
function proportionalKib(pid: number): number {
  try {
    const [, kib] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
    return Number(kib ?? 0)
  } catch {
    return 0
  }
}
