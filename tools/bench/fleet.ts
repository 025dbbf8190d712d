/**
 * `npm run bench -- fleet`: 100, 300 and 1,000 scenarios in one run each: labs a
 * second, and the memory of all processes. Time and memory must grow as the
 * number of scenarios does, or less.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LABS_OF_SCENARIO, PORTS, writeScenarios } from './many-scenarios.ts'
import { COMMAND, type Machine, machine, timed } from './measure.ts'

const STEPS = (process.env.BENCH_STEPS ?? '100,300,1000').split(',').map(Number)

export interface FleetFigures {
  readonly machine: Machine
  readonly ports: string
  readonly steps: readonly FleetStep[]
  /** From the first step to the last. */
  readonly growth: {
    readonly scenarios: number
    /** Of the time, and of the memory. 1: as the scenarios do; below 1: less than that. */
    readonly msPerScenario: number
    readonly mb: number
  }
}

export interface FleetStep {
  readonly scenarios: number
  readonly ms: number
  readonly labsPerSecond: number
  /** Of all processes together, at most. */
  readonly peakMb: number
}

export async function benchFleet(say: (line: string) => void): Promise<FleetFigures> {
  const steps: FleetStep[] = []
  for (const scenarios of STEPS) {
    const step = await measure(scenarios)
    say(` ${words(step)}`)
    steps.push(step)
  }
  const [first, last] = [steps[0]!, steps.at(-1)!]
  const by = (value: (step: FleetStep) => number): number => round(value(last) / value(first))
  return {
    machine: machine(),
    ports: PORTS,
    steps,
    growth: {
      scenarios: by(({ scenarios }) => scenarios),
      msPerScenario: by(({ ms, scenarios }) => ms / scenarios),
      mb: by(({ peakMb }) => peakMb),
    },
  }
}

async function measure(scenarios: number): Promise<FleetStep> {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-bench-'))
  try {
    writeScenarios(folder, scenarios)
    const what = ['--scenarios', folder, '--out', join(folder, 'runs'), '--ports', PORTS]
    const command = [process.execPath, COMMAND, 'run', ...what, '--quiet', '--shard', 'none']
    const { ms, peakMb } = await timed(command, { memory: true, sampleMs: SAMPLE_MS })
    const labs = scenarios * LABS_OF_SCENARIO
    return {
      scenarios,
      ms: Math.round(ms),
      labsPerSecond: round((labs * 1000) / ms),
      peakMb: Math.round(peakMb),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Long runs need no finer look, which would take time from them. */
const SAMPLE_MS = 200

const round = (value: number): number => Math.round(value * 100) / 100

function words({ scenarios, ms, labsPerSecond, peakMb }: FleetStep): string {
  return `${String(scenarios).padStart(5)} scenarios: ${(ms / 1000).toFixed(1)} s, ${labsPerSecond} labs a second, at most ${peakMb} MB resident`
}

export function sayFleet(figures: FleetFigures, say: (line: string) => void): void {
  const { machine, ports, steps, growth } = figures
  say(`${machine.cpu}, ${machine.cores} cores; TCP and UDP ports ${ports}, both families`)
  for (const step of steps) say(` ${words(step)}`)
  say(
    ` ${growth.scenarios} × the scenarios: ${growth.msPerScenario} × the time for each, ${growth.mb} × the memory`,
  )
}
