/**
 * `npm run bench -- foreign`: comparisons while other namespaces of the machine
 * have no entries of connection tracking, and while they have 500,000. The
 * kernel has one table for all namespaces, so each of its lookups may take longer:
 * the floor, the same frames alone, shows how much of the difference is that.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFirewall } from '../../harness/input/firewall.ts'
import { enterCommand } from '../../harness/sandbox/enter.ts'
import { mustBeRootless } from '../../harness/sandbox/sandbox.ts'
import { floorOf } from './diff.ts'
import { COMMAND, type Machine, machine, median, timed } from './measure.ts'

const FOREIGN = Number(process.env.BENCH_FOREIGN ?? 500_000)
/** Below the limit of one namespace, which is the machine's (nf_conntrack_max). */
const SHARE_OF_LIMIT = 0.8
const RUNS = Math.max(1, Number(process.env.BENCH_RUNS ?? 5))

/** Rules that remember: they are loaded afresh again and again, and the table is emptied each time. */
const RULES = `table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    ct state invalid drop
    iifname "eth0" tcp dport 22 ct state new limit rate 3/minute burst 3 packets accept
    tcp dport { 80, 443 } accept
    udp dport 53 accept
  }
}
`

export interface ForeignFigures {
  readonly machine: Machine
  readonly runs: number
  readonly foreignEntries: number
  /** Medians, in milliseconds: without foreign entries, and with them. */
  readonly quickMs: readonly [number, number]
  readonly wholeMs: readonly [number, number]
  readonly floorMs: readonly [number, number]
  readonly quickRatio: number
  readonly wholeRatio: number
  readonly floorRatio: number
}

export async function benchForeign(say: (line: string) => void): Promise<ForeignFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-bench-'))
  try {
    const file = join(folder, 'rules.nft')
    writeFileSync(file, RULES)
    const firewall = await readFirewall(file)
    const floor = (): Promise<number> => floorOf([firewall, firewall])
    return await measure([process.execPath, COMMAND, 'diff', file, file], floor, say)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Without and with them in turn, so that the machine's moods meet both alike. */
async function measure(
  command: readonly string[],
  floorOnce: () => Promise<number>,
  say: (line: string) => void,
): Promise<ForeignFigures> {
  const quick: [number[], number[]] = [[], []]
  const whole: [number[], number[]] = [[], []]
  const floor: [number[], number[]] = [[], []]
  await timed(command) // once to warm up
  for (let i = 0; i < RUNS; i++)
    for (const at of [0, 1] as const) {
      const others = at === 1 ? await fill(FOREIGN) : []
      quick[at].push((await timed([...command, '--quick'])).ms)
      whole[at].push((await timed(command)).ms)
      floor[at].push(await floorOnce())
      await remove(others)
      const words = at === 1 ? `${FOREIGN} foreign entries` : 'none'
      const [q, w, f] = [quick, whole, floor].map((own) => Math.round(own[at].at(-1)!))
      say(` round ${i + 1} of ${RUNS}, ${words}: quick ${q} ms, whole ${w} ms, floor ${f} ms`)
    }
  const medians = (own: [number[], number[]]): [number, number] => [median(own[0]), median(own[1])]
  const [quickMs, wholeMs, floorMs] = [medians(quick), medians(whole), medians(floor)]
  return {
    machine: machine(),
    runs: RUNS,
    foreignEntries: FOREIGN,
    quickMs,
    wholeMs,
    floorMs,
    quickRatio: quickMs[1] / quickMs[0],
    wholeRatio: wholeMs[1] / wholeMs[0],
    floorRatio: floorMs[1] / floorMs[0],
  }
}

const LIMIT = '/proc/sys/net/netfilter/nf_conntrack_max'

/** Namespaces with so many entries between them. They end with their processes. */
async function fill(entries: number): Promise<ChildProcess[]> {
  const most = Math.floor(Number(readFileSync(LIMIT, 'utf8')) * SHARE_OF_LIMIT)
  const count = Math.ceil(entries / most)
  const share = Math.ceil(entries / count)
  return Promise.all(Array.from({ length: count }, () => startFilled(share)))
}

async function startFilled(entries: number): Promise<ChildProcess> {
  const [program, ...args] = enterCommand(mustBeRootless())
  const script = new URL('foreign-fill.ts', import.meta.url).pathname
  const command = [...args, process.execPath, script, `${entries}`]
  const child = spawn(program!, command, { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  const ended = once(child, 'exit').then(() => {
    throw new Error('a namespace could not be filled')
  })
  ended.catch(() => {}) // later it is meant to end
  await Promise.race([once(child.stdout!, 'data'), ended])
  return child
}

async function remove(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    process.kill(-child.pid!, 'SIGKILL')
    await once(child, 'close')
  }
}

export function sayForeign(figures: ForeignFigures, say: (line: string) => void): void {
  const { foreignEntries, quickMs, wholeMs, floorMs } = figures
  const line = ([none, many]: readonly [number, number], ratio: number): string =>
    `${Math.round(none)} ms without, ${Math.round(many)} ms with ${foreignEntries} foreign entries: ${ratio.toFixed(2)} ×`
  say(`quick comparison: ${line(quickMs, figures.quickRatio)}`)
  say(`whole comparison: ${line(wholeMs, figures.wholeRatio)}`)
  say(`the same frames alone: ${line(floorMs, figures.floorRatio)}`)
}
