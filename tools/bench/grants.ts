/**
 * `npm run bench -- grants`: what 100,000 grants to 10,000 projects cost: to
 * compile, to load, and a forwarded packet.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FloorSpec } from '../../harness/contract/lab.ts'
import { type LoadedPlatform, loadPlatform } from '../../harness/input/load.ts'
import { type Lab, mustBeRootless, Sandbox } from '../../harness/sandbox/sandbox.ts'
import type { Zone } from '../../src/lab/zone.ts'
import { FAMILIES, type Family, familyName } from '../../src/net/protocol.ts'
import { projectsOf } from '../../src/platform/platform.ts'
import { compile } from '../../src/ruleset/compile.ts'
import { GRANTS, MEASURED, MEASURED_PORTS, PROJECTS, writePlatform } from './many-grants.ts'
import { COMMAND, type Machine, machine, median, timed } from './measure.ts'

const POLICY = new URL('../../scenarios/policies/zerops.yaml', import.meta.url).pathname
const STEPS = [0, 100, 10_000, GRANTS]
const RUNS = Math.max(5, Number(process.env.BENCH_RUNS ?? 5))
/** Three compilations are enough to see which side of three seconds they are on. */
const COMPILATIONS = 3

/** Packets of the measured project, by what lets them through. */
const KINDS: readonly Kind[] = FAMILIES.flatMap((family) => [
  ...(
    [
      { what: 'allowed', protocol: 'tcp', numbers: [{ from: 1025, to: 41_024 }] },
      { what: 'granted', protocol: 'udp', numbers: [MEASURED_PORTS] },
      { what: 'blocked', protocol: 'udp', numbers: [{ from: 1025, to: 19_999 }] },
    ] as const
  ).map((kind) => ({ ...kind, family, name: `${kind.what} ${familyName(family)}` })),
])

interface Kind extends Pick<FloorSpec, 'protocol' | 'numbers'> {
  readonly name: string
  readonly what: 'allowed' | 'granted' | 'blocked'
  readonly family: Family
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
  /** Nanoseconds at the last step by those at the first that has such packets: nothing is granted at 0. */
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
    const growth = Object.fromEntries(
      KINDS.map(({ name }) => [
        name,
        growthOf(steps.flatMap((step) => step.nsPerPacket[name] ?? [])),
      ]),
    )
    return { machine: machine(), runs: RUNS, projects: PROJECTS, compile: compiled, steps, growth }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const growthOf = (ns: readonly number[]): number => Math.round((ns.at(-1)! / ns[0]!) * 100) / 100

async function compilations(file: string, out: string): Promise<GrantFigures['compile']> {
  const command = [process.execPath, COMMAND, 'compile', file, '--out', out]
  const times: number[] = []
  for (let i = 0; i < COMPILATIONS; i++) times.push((await timed(command)).ms)
  const { peakMb } = await timed(command, { memory: true })
  return { ms: Math.round(median(times)), peakMb: Math.round(peakMb) }
}

type Step = Omit<GrantFigures['steps'][number], 'nsPerPacket'>
type LabOf = (family: Family) => Lab

/** All labs are there at once and asked in turn, so that the machine's moods meet all alike. */
async function packets(
  { platform, policy, grants }: LoadedPlatform,
  say: (line: string) => void,
): Promise<GrantFigures['steps']> {
  const projects = projectsOf(platform)
  const zones = platform.zones.filter(({ name }) => name === MEASURED.name || name === 'internet')
  const sandbox = new Sandbox({
    rootless: mustBeRootless(),
    workers: STEPS.length * FAMILIES.length,
  })
  try {
    const labs: { labOf: LabOf; step: Step }[] = []
    for (const count of STEPS) {
      // The first grant is the measured one.
      const text = compile(policy, projects, grants.slice(0, count))
      const [four, six] = [
        await sandbox.openLab({ family: 4, zones }),
        await sandbox.openLab({ family: 6, zones }),
      ]
      const began = performance.now()
      await four.load(text)
      const loadMs = Math.round(performance.now() - began)
      await six.load(text)
      const rulesetMb = Math.round(text.length / 1e5) / 10
      say(` ${count} grants: ${rulesetMb} MB of ruleset, loaded in ${loadMs} ms`)
      const labOf: LabOf = (family) => (family === 4 ? four : six)
      labs.push({ labOf, step: { grants: count, rulesetMb, loadMs } })
    }
    return await inTurn(labs, zones)
  } finally {
    await sandbox.close()
  }
}

async function inTurn(
  labs: readonly { labOf: LabOf; step: Step }[],
  zones: readonly Zone[],
): Promise<GrantFigures['steps']> {
  const samples = labs.map(({ step }) => {
    const kinds = KINDS.filter(({ what }) => what !== 'granted' || step.grants > 0)
    return kinds.map((kind) => ({ kind, ns: [] as number[] }))
  })
  for (let run = 0; run < RUNS; run++)
    for (const [i, { labOf }] of labs.entries())
      for (const { kind, ns } of samples[i]!) {
        const { floorMs, probes } = await labOf(kind.family).floor(floorSpec(zones, kind))
        ns.push((floorMs * 1e6) / probes)
      }
  return labs.map(({ step }, i) => ({
    ...step,
    nsPerPacket: Object.fromEntries(
      samples[i]!.map(({ kind, ns }) => [kind.name, Math.round(median(ns))]),
    ),
  }))
}

function floorSpec(zones: readonly Zone[], { family, protocol, numbers }: Kind): FloorSpec {
  const address = (zone: string): string =>
    zones.find(({ name }) => name === zone)!.addresses.find((own) => own.family === family)!.address
  const [source, target] = [address(MEASURED.name), address('internet')]
  return { from: MEASURED.name, to: 'internet', source, target, protocol, numbers, silent: [] }
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
