/**
 * `npm run bench -- start`: how long a command takes before and beside its probes,
 * from source and as installed, against the start of Node alone and against the floor.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { measureFloor } from './floor.ts'
import { COMMAND, type Machine, machine, median, timed } from './measure.ts'

const SOURCE = fileURLToPath(new URL('../../harness/cli/main.ts', import.meta.url))
const SCENARIOS = fileURLToPath(new URL('../../scenarios', import.meta.url))
const RUNS = Math.max(5, Number(process.env.BENCH_RUNS ?? 5))

const WHOLE = 'whole default command'
const FROM = ['--scenarios', SCENARIOS]
const SCENARIO = ['run', 'default-egress', ...FROM, '--no-save', '--quiet']
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  '--version': ['--version'],
  'run --list': ['run', '--list', ...FROM],
  'one scenario of 9 ports': [...SCENARIO, '--ports', '22-30'],
  [WHOLE]: SCENARIO,
}

interface Sample {
  readonly ms: number
  /** User and system time of the command and of the processes that it waited for: not of the sandbox, which is killed. */
  readonly cpuMs: number
}

export interface StartFigure extends Sample {
  readonly command: string
  readonly from: 'source' | 'package'
  /** Of the same in `node -e 0`. */
  readonly msToNode: number
  readonly cpuToNode: number
  /** Of all processes together, at most; and where pages that they share count once. */
  readonly peakMb: number
  readonly peakOnceMb: number
}

export interface StartFigures {
  readonly machine: Machine
  readonly runs: number
  /** `node -e 0`. */
  readonly node: Sample
  readonly floorMs: number
  /** The whole default command, as installed. */
  readonly commandToFloor: number
  readonly figures: readonly StartFigure[]
}

export async function benchStart(say: (line: string) => void): Promise<StartFigures> {
  const all = Object.entries(COMMANDS).flatMap(([command, args]) =>
    (['source', 'package'] as const).map((from) => ({
      command,
      from,
      words: [process.execPath, from === 'source' ? SOURCE : COMMAND, ...args],
      samples: [] as Sample[],
    })),
  )
  const node: Sample[] = []
  const floor: number[] = []
  for (const { words } of all) await timed(words) // once to warm up
  // In turn, so that the machine's moods meet all alike.
  for (let i = 0; i < RUNS; i++) {
    node.push(await sample([process.execPath, '-e', '0']))
    for (const one of all) one.samples.push(await sample(one.words))
    floor.push((await measureFloor(SCENARIOS)).ms)
    say(` round ${i + 1} of ${RUNS}`)
  }
  const base = middle(node)
  const figures: StartFigure[] = []
  for (const { command, from, words, samples } of all) {
    const { ms, cpuMs } = middle(samples)
    const { peakMb, peakOnceMb } = await timed(words, { memory: true })
    figures.push({
      command,
      from,
      ms,
      cpuMs,
      msToNode: round(ms / base.ms),
      cpuToNode: round(cpuMs / base.cpuMs),
      peakMb: Math.round(peakMb),
      peakOnceMb: Math.round(peakOnceMb),
    })
  }
  const whole = figures.find(({ command, from }) => command === WHOLE && from === 'package')!
  const floorMs = Math.round(median(floor))
  return {
    machine: machine(),
    runs: RUNS,
    node: base,
    floorMs,
    commandToFloor: round(whole.ms / floorMs),
    figures,
  }
}

async function sample(words: readonly string[]): Promise<Sample> {
  const before = cpuOfChildrenMs()
  const { ms } = await timed(words)
  return { ms, cpuMs: cpuOfChildrenMs() - before }
}

/** Clock ticks a second that /proc counts in (USER_HZ, proc_pid_stat(5)). */
const TICKS_PER_S = 100

/** User and system time of children that have ended, with what they waited for. */
function cpuOfChildrenMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS_PER_S
}

function middle(samples: readonly Sample[]): Sample {
  return {
    ms: Math.round(median(samples.map(({ ms }) => ms))),
    cpuMs: Math.round(median(samples.map(({ cpuMs }) => cpuMs))),
  }
}

const round = (value: number): number => Math.round(value * 100) / 100

export function sayStart(figures: StartFigures, say: (line: string) => void): void {
  const { machine: on, runs, node, floorMs, commandToFloor } = figures
  say(`${on.cpu}, ${on.cores} cores, Linux ${on.kernel}, Node ${on.node}; medians of ${runs}`)
  say(`node -e 0: ${node.ms} ms, of the processor ${node.cpuMs} ms`)
  for (const { command, from, ms, cpuMs, msToNode, cpuToNode, ...peak } of figures.figures)
    say(
      `${command.padEnd(24)} ${from.padEnd(8)} ${`${ms}`.padStart(5)} ms (${msToNode} × node), of the processor ${cpuMs} ms (${cpuToNode} ×), at most ${peak.peakMb} MB resident (${peak.peakOnceMb} MB, shared pages once)`,
    )
  say(`floor: ${floorMs} ms → whole default command, installed, is ${commandToFloor} × the floor`)
}
