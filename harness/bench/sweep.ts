/** The main benchmark: the whole command, nmap, and the floor, over 4 × 65,536 ports in one run. */
import { availableParallelism, cpus, release } from 'node:os'
import { compile } from '../../src/ruleset/compile.ts'
import { loadScenarios } from '../read.ts'
import { measureFloor } from './floor.ts'
import { median, timed } from './measure.ts'
import { NMAP, runNmap } from './nmap.ts'

const SCENARIOS = new URL('../../scenarios', import.meta.url).pathname
const COMMAND = new URL('../../dist/harness/cli/main.js', import.meta.url).pathname
const RUNS = Math.max(5, Number(process.env.BENCH_RUNS ?? 5))
/** nmap's patience with 65,536 silent UDP ports is longer than ours. */
const DEFAULTS_LIMIT_S = 60

/** No retransmission and as fast as it will go: whatever it misses, it misses. */
const TUNED = ['-T5', '--min-rate', '50000', '--max-retries', '0']
const DEFAULTS = ['--host-timeout', `${DEFAULTS_LIMIT_S}s`]

export interface SweepFigures {
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly kernel: string
    readonly node: string
  }
  readonly runs: number
  readonly medians: {
    readonly commandMs: number
    readonly floorMs: number
    readonly nmapTunedMs?: number
    readonly nmapDefaultsMs?: number
  }
  readonly ratios: {
    readonly commandToFloor: number
    readonly nmapTunedToCommand?: number
    readonly nmapDefaultsToCommand?: number
  }
  readonly peakResidentMb: number
  readonly remarks: readonly string[]
}

export async function benchSweep(say: (line: string) => void): Promise<SweepFigures> {
  const command = [process.execPath, COMMAND, 'run', 'default-egress', '--no-save', '--quiet']
  const { scenario, policy } = loadScenarios(SCENARIOS, ['default-egress'])[0]!
  const ruleset = compile(
    policy,
    scenario.zones.filter((zone) => zone.kind === 'project'),
  )
  const remarks: string[] = []
  await timed(command) // once to warm up
  // In turn, so that the machine's moods meet all alike.
  const own: number[] = []
  const floor: number[] = []
  const tuned: number[] = []
  for (let i = 0; i < RUNS; i++) {
    own.push((await timed(command)).ms)
    floor.push((await measureFloor(SCENARIOS)).ms)
    if (NMAP) {
      const run = await runNmap(ruleset, TUNED)
      tuned.push(run.ms)
      if (i === 0) remarks.push(`nmap, tuned, found ${JSON.stringify(run.found)}`)
    }
    say(
      ` round ${i + 1} of ${RUNS}: command ${ms(own.at(-1)!)}, floor ${ms(floor.at(-1)!)}${tuned.length ? `, nmap tuned ${ms(tuned.at(-1)!)}` : ''}`,
    )
  }
  const { peakMb } = await timed(command)
  const defaults = NMAP ? await nmapDefaults(ruleset, say, remarks) : []
  if (!NMAP) remarks.push('nmap is not installed here: no comparison with it')
  return figures({ own, floor, tuned, defaults, peakMb, remarks })
}

async function nmapDefaults(
  ruleset: string,
  say: (line: string) => void,
  remarks: string[],
): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const run = await runNmap(ruleset, DEFAULTS)
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
  readonly defaults: readonly number[]
  readonly peakMb: number
  readonly remarks: readonly string[]
}

function figures({ own, floor, tuned, defaults, peakMb, remarks }: Samples): SweepFigures {
  const commandMs = median(own)
  const floorMs = median(floor)
  const round = (value: number): number => Math.round(value * 100) / 100
  const nmap = tuned.length > 0
  return {
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      kernel: release(),
      node: process.versions.node,
    },
    runs: RUNS,
    medians: {
      commandMs: Math.round(commandMs),
      floorMs: Math.round(floorMs),
      ...(nmap
        ? { nmapTunedMs: Math.round(median(tuned)), nmapDefaultsMs: Math.round(median(defaults)) }
        : {}),
    },
    ratios: {
      commandToFloor: round(commandMs / floorMs),
      ...(nmap
        ? {
            nmapTunedToCommand: round(median(tuned) / commandMs),
            nmapDefaultsToCommand: round(median(defaults) / commandMs),
          }
        : {}),
    },
    peakResidentMb: Math.round(peakMb),
    remarks,
  }
}
