/**
 * `npm run bench -- start`: how long a command takes before and beside its probes,
 * from source and as installed, against the start of Node alone and against the floor.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { measureFloor } from './floor.ts'
import { COMMAND, type Machine, machine, median, timed } from './measure.ts'
import {
  COMMAND_TO_FLOOR,
  LIST_MS,
  quietMs,
  RESIDENT_MB,
  SCENARIO_MS,
  targetWords,
  VERSION_TO_NODE,
} from './targets.ts'

const SOURCE = fileURLToPath(new URL('../../harness/cli/main.ts', import.meta.url))
const SCENARIOS = fileURLToPath(new URL('../../scenarios', import.meta.url))
const RUNS = Math.max(5, Number(process.env.BENCH_RUNS ?? 5))

const WHOLE = 'whole default command'
const FROM = ['--scenarios', SCENARIOS]
const SCENARIO = ['run', 'default-egress', ...FROM, '--no-save', '--quiet']
const VERSION = '--version'
const LIST = 'run --list'
const FEW = 'one scenario of 9 ports'
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  [VERSION]: ['--version'],
  [LIST]: ['run', '--list', ...FROM],
  [FEW]: [...SCENARIO, '--ports', '22-30'],
  [WHOLE]: SCENARIO,
}

interface Sample {
  readonly ms: number
  /** User and system time of the command and of the processes that it waited for: not of the sandbox, which is killed. */
  readonly cpuMs: number
}

/** Beside `node -e 0`, which ran just before it. */
interface Beside extends Sample {
  readonly node: Sample
}

export interface StartFigure extends Sample {
  readonly command: string
  readonly from: 'source' | 'package'
  /** Medians of the ratios to `node -e 0` just before: a busy machine slows down both. */
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
  /** The whole default command, as installed: median of the ratios of each round. */
  readonly commandToFloor: number
  readonly figures: readonly StartFigure[]
}

export async function benchStart(say: (line: string) => void): Promise<StartFigures> {
  const all = Object.entries(COMMANDS).flatMap(([command, args]) =>
    (['source', 'package'] as const).map((from) => ({
      command,
      from,
      words: [process.execPath, from === 'source' ? SOURCE : COMMAND, ...args],
      samples: [] as Beside[],
    })),
  )
  const floor: number[] = []
  for (const { words } of all) await timed(words) // once to warm up
  // In turn, so that the machine's moods meet all alike.
  for (let i = 0; i < RUNS; i++) {
    for (const { words, samples } of all) {
      const node = await sample([process.execPath, '-e', '0'])
      samples.push({ ...(await sample(words)), node })
    }
    floor.push((await measureFloor(SCENARIOS)).ms)
    say(` round ${i + 1} of ${RUNS}`)
  }
  const figures: StartFigure[] = []
  for (const { command, from, words, samples } of all) {
    const { ms, cpuMs } = middle(samples)
    const { peakMb, peakOnceMb } = await timed(words, { memory: true })
    figures.push({
      command,
      from,
      ms,
      cpuMs,
      msToNode: round(median(samples.map(({ ms, node }) => ms / node.ms))),
      cpuToNode: round(median(samples.map(({ cpuMs, node }) => cpuMs / node.cpuMs))),
      peakMb: Math.round(peakMb),
      peakOnceMb: Math.round(peakOnceMb),
    })
  }
  const whole = all.find(({ command, from }) => command === WHOLE && from === 'package')!
  return {
    machine: machine(),
    runs: RUNS,
    node: middle(all.flatMap(({ samples }) => samples.map(({ node }) => node))),
    floorMs: Math.round(median(floor)),
    commandToFloor: round(median(whole.samples.map(({ ms }, i) => ms / floor[i]!))),
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
  for (const figure of figures.figures) {
    const { command, from, ms, cpuMs, msToNode, cpuToNode, peakMb, peakOnceMb } = figure
    say(
      `${command.padEnd(24)} ${from.padEnd(8)} ${`${ms}`.padStart(5)} ms (${msToNode} × node; ${wordsOf(figure)}), of the processor ${cpuMs} ms (${cpuToNode} ×)`,
    )
    say(
      `${' '.repeat(34)}at most ${peakOnceMb} MB resident, shared pages once (${targetWords(peakOnceMb, RESIDENT_MB, ' MB')}); ${peakMb} MB where each process counts them`,
    )
  }
  say(
    `floor: ${floorMs} ms → whole default command, installed, is ${commandToFloor} × the floor (${targetWords(commandToFloor, COMMAND_TO_FLOOR, ' ×')})`,
  )
}

/** The target of a command, which is about a quiet machine. */
function wordsOf({ command, msToNode }: StartFigure): string {
  if (command === VERSION) return targetWords(msToNode, VERSION_TO_NODE, ' × node')
  const most = command === LIST ? LIST_MS : command === FEW ? SCENARIO_MS : undefined
  const onQuiet = quietMs(msToNode)
  const quiet = `${onQuiet} ms on a quiet machine`
  return most === undefined ? quiet : `${quiet}, ${targetWords(onQuiet, most, ' ms')}`
}
