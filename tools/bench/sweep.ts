/** The main benchmark: the whole command, nmap, and the floor, over 4 × 65,536 ports in one run. */

import { loadPlatformScenarios } from '../../harness/input/load.ts'
import { compile } from '../../src/ruleset/compile.ts'
import { measureFloor } from './floor.ts'
import { COMMAND, type Machine, machine, median, timed } from './measure.ts'
import { NMAP, runNmap } from './nmap.ts'
import { COMMAND_TO_FLOOR, RESIDENT_MB, targetWords } from './targets.ts'

const SCENARIOS = new URL('../../scenarios', import.meta.url).pathname
const RUNS = Math.max(5, Number(process.env.BENCH_RUNS ?? 5))
/** nmap's patience with 65,536 silent UDP ports is longer than ours. */
const DEFAULTS_LIMIT_S = Number(process.env.BENCH_DEFAULTS_S ?? 30)

/** Fast settings of nmap, fastest first. Honest is one with which it finds every port that answers. */
const CANDIDATES = [
  ['-T5', '--min-rate', '50000', '--max-retries', '0'],
  ['-T5', '--min-rate', '30000', '--max-retries', '1'],
  ['-T5', '--min-rate', '20000', '--max-retries', '1'],
  ['-T5', '--min-rate', '10000', '--max-retries', '1'],
]
/** 64,516 TCP and 5 UDP ports of each family reach a server on which nothing listens. */
const ANSWERING = 2 * (64516 + 5)
const DEFAULTS = ['--host-timeout', `${DEFAULTS_LIMIT_S}s`]

export interface SweepFigures {
  readonly machine: Machine
  readonly runs: number
  readonly medians: {
    readonly commandMs: number
    readonly floorMs: number
    /** One command for each family at the same time, and one after the other. */
    readonly nmapTunedTogetherMs?: number
    readonly nmapTunedMs?: number
    readonly nmapDefaultsMs?: number
  }
  readonly ratios: {
    readonly commandToFloor: number
    readonly nmapTunedTogetherToCommand?: number
    readonly nmapTunedToCommand?: number
    readonly nmapDefaultsToCommand?: number
  }
  readonly nmapTuned?: string
  /** Of all processes together; and where pages that they share count once. */
  readonly peakResidentMb: number
  readonly peakOnceMb: number
  readonly remarks: readonly string[]
}

export async function benchSweep(say: (line: string) => void): Promise<SweepFigures> {
  const command = [process.execPath, COMMAND, 'run', 'default-egress', '--no-save', '--quiet']
  const { scenario, policy } = loadPlatformScenarios(SCENARIOS, ['default-egress'])[0]!
  const ruleset = compile(
    policy,
    scenario.zones.filter((zone) => zone.kind === 'project'),
  )
  const remarks: string[] = []
  await timed(command) // once to warm up
  const fast = NMAP ? await fastestHonest(ruleset, remarks) : undefined
  // In turn, so that the machine's moods meet all alike.
  const own: number[] = []
  const floor: number[] = []
  const tuned: number[] = []
  const tunedTogether: number[] = []
  for (let i = 0; i < RUNS; i++) {
    own.push((await timed(command)).ms)
    floor.push((await measureFloor(SCENARIOS)).ms)
    if (fast) {
      tunedTogether.push((await runNmap(ruleset, fast, { together: true })).ms)
      tuned.push((await runNmap(ruleset, fast, { together: false })).ms)
    }
    say(
      ` round ${i + 1} of ${RUNS}: command ${ms(own.at(-1)!)}, floor ${ms(floor.at(-1)!)}${fast ? `, nmap tuned ${ms(tunedTogether.at(-1)!)} side by side, ${ms(tuned.at(-1)!)} in turn` : ''}`,
    )
  }
  const { peakMb, peakOnceMb } = await timed(command, { memory: true })
  const defaults = NMAP ? await nmapDefaults(ruleset, say, remarks) : []
  if (!NMAP) remarks.push('nmap is not installed here: no comparison with it')
  return figures({
    own,
    floor,
    tuned,
    tunedTogether,
    defaults,
    peakMb,
    peakOnceMb,
    remarks,
    flags: fast?.join(' '),
  })
}

/** The fastest of the candidates with which nmap misses nothing here. */
async function fastestHonest(
  ruleset: string,
  remarks: string[],
): Promise<readonly string[] | undefined> {
  for (const flags of CANDIDATES) {
    const { ms: took, found } = await runNmap(ruleset, flags, { together: true })
    const complete = found.closed === ANSWERING
    remarks.push(
      `nmap ${flags.join(' ')}: ${ms(took)}, found ${found.closed ?? 0} of ${ANSWERING} ports that answer${complete ? ': these are its fastest honest settings here' : ''}`,
    )
    if (complete) return flags
  }
  remarks.push('none of the fast settings of nmap found every port')
  return undefined
}

async function nmapDefaults(
  ruleset: string,
  say: (line: string) => void,
  remarks: string[],
): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const run = await runNmap(ruleset, DEFAULTS, { together: true })
    times.push(run.ms)
    if (Object.keys(run.found).length === 0 && i === 0)
      remarks.push(
        `nmap with its defaults gave up after ${DEFAULTS_LIMIT_S} s (its --host-timeout here): at least that long`,
      )
    say(` nmap with its defaults, ${i + 1} of ${RUNS}: ${ms(run.ms)}`)
  }
  return times
}

const ms = (value: number): string => `${Math.round(value)} ms`

interface Samples {
  readonly own: readonly number[]
  readonly floor: readonly number[]
  readonly tuned: readonly number[]
  readonly tunedTogether: readonly number[]
  readonly defaults: readonly number[]
  readonly peakMb: number
  readonly peakOnceMb: number
  readonly remarks: readonly string[]
  readonly flags: string | undefined
}

function figures({
  own,
  floor,
  tuned,
  tunedTogether,
  defaults,
  peakMb,
  peakOnceMb,
  remarks,
  flags,
}: Samples): SweepFigures {
  const commandMs = median(own)
  const floorMs = median(floor)
  const round = (value: number): number => Math.round(value * 100) / 100
  const nmap = tuned.length > 0 && defaults.length > 0
  return {
    machine: machine(),
    runs: RUNS,
    medians: {
      commandMs: Math.round(commandMs),
      floorMs: Math.round(floorMs),
      ...(nmap
        ? {
            nmapTunedTogetherMs: Math.round(median(tunedTogether)),
            nmapTunedMs: Math.round(median(tuned)),
            nmapDefaultsMs: Math.round(median(defaults)),
          }
        : {}),
    },
    ratios: {
      commandToFloor: round(median(own.map((ms, i) => ms / floor[i]!))),
      ...(nmap
        ? {
            nmapTunedTogetherToCommand: round(median(tunedTogether) / commandMs),
            nmapTunedToCommand: round(median(tuned) / commandMs),
            nmapDefaultsToCommand: round(median(defaults) / commandMs),
          }
        : {}),
    },
    ...(flags === undefined ? {} : { nmapTuned: flags }),
    peakResidentMb: Math.round(peakMb),
    peakOnceMb: Math.round(peakOnceMb),
    remarks,
  }
}

export function saySweep(figures: SweepFigures, say: (line: string) => void): void {
  const { medians, ratios, peakResidentMb, peakOnceMb, machine, remarks } = figures
  say(
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}; medians of ${figures.runs}`,
  )
  say(
    `nftproof, whole command, 4 × 65,536 ports  ${medians.commandMs} ms, at most ${peakOnceMb} MB resident, shared pages once (${targetWords(peakOnceMb, RESIDENT_MB, ' MB')}); ${peakResidentMb} MB where each process counts them`,
  )
  say(
    `floor: the same frames, nothing recorded   ${medians.floorMs} ms  → command is ${ratios.commandToFloor} × the floor (${targetWords(ratios.commandToFloor, COMMAND_TO_FLOOR, ' ×')})`,
  )
  if (medians.nmapTunedMs !== undefined) {
    const tuned = `nmap ${figures.nmapTuned}`
    say(
      `${tuned}, both families side by side  ${medians.nmapTunedTogetherMs} ms  → ${ratios.nmapTunedTogetherToCommand} × slower`,
    )
    say(
      `${tuned}, one after the other  ${medians.nmapTunedMs} ms  → ${ratios.nmapTunedToCommand} × slower`,
    )
    say(
      `nmap with its defaults  ${medians.nmapDefaultsMs} ms  → ${ratios.nmapDefaultsToCommand} × slower`,
    )
  }
  for (const remark of remarks) say(`(${remark})`)
}
