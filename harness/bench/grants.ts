/**
 * `npm run bench -- grants`: what 100,000 grants to 10,000 projects cost: to
 * compile, to load, and a forwarded packet.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectsOf } from '../../src/platform.ts'
import type { Range } from '../../src/ports.ts'
import { compile } from '../../src/ruleset/compile.ts'
import type { Zone } from '../../src/scenario.ts'
import type { FloorSpec } from '../lab/contract.ts'
import { type LoadedPlatform, loadPlatform } from '../read.ts'
import { type Lab, mustBeRootless, Sandbox } from '../sandbox/sandbox.ts'
import { GRANTS, MEASURED, MEASURED_PORTS, PROJECTS, writePlatform } from './many-grants.ts'
import { COMMAND, type Machine, machine, median, timed } from './measure.ts'

const POLICY = new URL('../../scenarios/policies/zerops.yaml', import.meta.url).pathname
const STEPS = [0, 100, 10_000, GRANTS]
const RUNS = Math.max(5, Number(process.env.BENCH_RUNS ?? 5))
/** Three compilations are enough to see which side of three seconds they are on. */
const COMPILATIONS = 3

/** Packets of the measured project, by what lets them through. */
const KINDS: Readonly<Record<string, Pick<FloorSpec, 'protocol' | 'numbers'>>> = {
  allowed: { protocol: 'tcp', numbers: [{ from: 1025, to: 41_024 }] },
  granted: { protocol: 'udp', numbers: [MEASURED_PORTS] },
  blocked: { protocol: 'udp', numbers: [{ from: 1025, to: 19_999 }] },
}

export interface GrantFigures {
  readonly machine: Machine
  readonly runs: number
  readonly projects: number
  readonly compile: { readonly ms: number; readonly peakMb: number }
  /** For each number of grants. */
  readonly steps: readonly {
    readonly grants: number
    readonly rulesetMb: number
    readonly loadMs: number
    /** Medians. */
    readonly nsPerPacket: Readonly<Record<string, number>>
  }[]
  /** Nanoseconds at the last step by those at the first. */
  readonly growth: Readonly<Record<string, number>>
}

export async function benchGrants(say: (line: string) => void): Promise<GrantFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-bench-'))
  try {
    const file = writePlatform(folder, POLICY)
    const compiled = await compilations(file, join(folder, 'all.nft'))
    say(
      ` compile, ${PROJECTS} projects and ${GRANTS} grants: ${ms(compiled.ms)}, at most ${Math.round(compiled.peakMb)} MB resident`,
    )
    const steps = await packets(loadPlatform(file), say)
    const [first, last] = [steps[0]!, steps.at(-1)!]
    const growth = Object.fromEntries(
      Object.keys(KINDS).map((kind) => [
        kind,
        Math.round((last.nsPerPacket[kind]! / first.nsPerPacket[kind]!) * 100) / 100,
      ]),
    )
    return { machine: machine(), runs: RUNS, projects: PROJECTS, compile: compiled, steps, growth }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compilations(file: string, out: string): Promise<GrantFigures['compile']> {
  const command = [process.execPath, COMMAND, 'compile', file, '--out', out]
  const times: number[] = []
  for (let i = 0; i < COMPILATIONS; i++) times.push((await timed(command)).ms)
  const { peakMb } = await timed(command, { memory: true })
  return { ms: Math.round(median(times)), peakMb: Math.round(peakMb) }
}

/** All labs are there at once and asked in turn, so that the machine's moods meet all alike. */
async function packets(
  { platform, policy, grants }: LoadedPlatform,
  say: (line: string) => void,
): Promise<GrantFigures['steps']> {
  const projects = projectsOf(platform)
  const zones = platform.zones.filter(({ name }) => name === MEASURED.name || name === 'internet')
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: STEPS.length })
  try {
    const labs: { lab: Lab; step: Omit<GrantFigures['steps'][number], 'nsPerPacket'> }[] = []
    for (const count of STEPS) {
      // The first grant is the measured one.
      const text = compile(policy, projects, grants.slice(0, 1 + count))
      const lab = await sandbox.openLab({ family: 4, zones })
      const began = performance.now()
      await lab.load(text)
      const loadMs = Math.round(performance.now() - began)
      const rulesetMb = Math.round(text.length / 1e5) / 10
      say(` ${count} grants: ${rulesetMb} MB of ruleset, loaded in ${loadMs} ms`)
      labs.push({ lab, step: { grants: count, rulesetMb, loadMs } })
    }
    return await inTurn(labs, zones)
  } finally {
    await sandbox.close()
  }
}

async function inTurn(
  labs: readonly { lab: Lab; step: Omit<GrantFigures['steps'][number], 'nsPerPacket'> }[],
  zones: readonly Zone[],
): Promise<GrantFigures['steps']> {
  const samples = labs.map(() => new Map<string, number[]>(Object.keys(KINDS).map((k) => [k, []])))
  for (let run = 0; run < RUNS; run++)
    for (const [i, { lab }] of labs.entries())
      for (const [kind, what] of Object.entries(KINDS)) {
        const { floorMs, probes } = await lab.floor(floorSpec(zones, what))
        samples[i]!.get(kind)!.push((floorMs * 1e6) / probes)
      }
  return labs.map(({ step }, i) => ({
    ...step,
    nsPerPacket: Object.fromEntries(
      [...samples[i]!].map(([kind, values]) => [kind, Math.round(median(values))]),
    ),
  }))
}

function floorSpec(
  zones: readonly Zone[],
  what: { protocol: FloorSpec['protocol']; numbers: readonly Range[] },
): FloorSpec {
  const address = (zone: string): string =>
    zones.find(({ name }) => name === zone)!.addresses.find(({ family }) => family === 4)!.address
  const [source, target] = [address(MEASURED.name), address('internet')]
  return { from: MEASURED.name, to: 'internet', source, target, ...what, silent: [] }
}

export function sayGrants(figures: GrantFigures, say: (line: string) => void): void {
  say(`${figures.machine.cpu}, ${figures.machine.cores} cores; medians of ${figures.runs}`)
  say(`a forwarded packet, of ${PROJECTS} projects, ns`)
  for (const { grants, nsPerPacket } of figures.steps)
    say(
      ` ${String(grants).padStart(7)} grants: ${Object.entries(nsPerPacket)
        .map(([kind, ns]) => `${kind} ${ns}`)
        .join(', ')}`,
    )
  say(
    ` growth from the first to the last: ${Object.entries(figures.growth)
      .map(([kind, by]) => `${kind} ${by} ×`)
      .join(', ')}`,
  )
}

const ms = (value: number): string => `${Math.round(value)} ms`
