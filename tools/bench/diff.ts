/**
 * `npm run bench -- diff`: a comparison of two rulesets of the most ordinary
 * kind (nine rules, the input hook, two zones), whole and quick, against the
 * floor: the same frames through the same labs, nothing recorded or judged.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFirewall } from '../../harness/input/firewall.ts'
import { mustBeRootless, Sandbox } from '../../harness/sandbox/sandbox.ts'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import { FIREWALL } from '../../src/lab/lab.ts'
import { ordinary } from '../../src/lab/paths.ts'
import { FAMILIES } from '../../src/net/protocol.ts'
import { COMMAND, type Machine, machine, median, timed } from './measure.ts'

const RULES = `table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    ct state invalid drop
    iifname "eth0" icmp type echo-request accept
    icmpv6 type { echo-request, nd-neighbor-solicit, nd-router-advert, nd-neighbor-advert } accept
    tcp dport 22 accept
    tcp dport { 80, 443 } accept
    udp dport 53 accept
    counter drop
  }
}
`
const ALL = { from: 0, to: 65535 }
const RUNS = Math.max(5, Number(process.env.BENCH_RUNS ?? 5))

export interface DiffFigures {
  readonly machine: Machine
  readonly runs: number
  /** Medians, in milliseconds. */
  readonly medians: {
    readonly commandMs: number
    readonly quickMs: number
    readonly floorMs: number
  }
  readonly commandToFloor: number
  readonly peakResidentMb: number
}

export async function benchDiff(say: (line: string) => void): Promise<DiffFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-bench-'))
  try {
    const [old, young] = [join(folder, 'old.nft'), join(folder, 'new.nft')]
    writeFileSync(old, RULES)
    writeFileSync(young, RULES.replace('80, 443', '80, 443, 8443'))
    const command = [process.execPath, COMMAND, 'diff', old, young]
    const declared = join(folder, 'expected.yaml')
    // So that it ends with 0, as commands that are timed must. The port opens behind
    // the interface of the rules and behind every other one.
    const changes = ['eth0', 'other'].map(
      (zone) => `{ from: ${zone}, to: firewall, opened: tcp/8443 }`,
    )
    writeFileSync(declared, `changes: [${changes.join(', ')}]\n`)
    const whole = [...command, '--expect', declared]
    return await measure(whole, [await readFirewall(old), await readFirewall(young)], say)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In turn, so that the machine's moods meet all alike. */
async function measure(
  command: readonly string[],
  firewalls: readonly Firewall[],
  say: (line: string) => void,
): Promise<DiffFigures> {
  const samples = { commandMs: [] as number[], quickMs: [] as number[], floorMs: [] as number[] }
  await timed(command) // once to warm up
  for (let i = 0; i < RUNS; i++) {
    samples.commandMs.push((await timed(command)).ms)
    samples.quickMs.push((await timed([...command, '--quick'])).ms)
    samples.floorMs.push(await floorOf(firewalls))
    const [whole, quick, floor] = Object.values(samples).map((own) => Math.round(own.at(-1)!))
    say(` round ${i + 1} of ${RUNS}: whole ${whole} ms, quick ${quick} ms, floor ${floor} ms`)
  }
  const { peakMb } = await timed(command, { memory: true })
  const middle = (values: readonly number[]): number => Math.round(median(values))
  return {
    machine: machine(),
    runs: RUNS,
    medians: {
      commandMs: middle(samples.commandMs),
      quickMs: middle(samples.quickMs),
      floorMs: middle(samples.floorMs),
    },
    commandToFloor: Math.round((median(samples.commandMs) / median(samples.floorMs)) * 100) / 100,
    peakResidentMb: Math.round(peakMb),
  }
}

/** Milliseconds for what the comparison sends to all ports, labs being there already. */
export async function floorOf(firewalls: readonly Firewall[]): Promise<number> {
  const { plan } = inferLab(firewalls.flatMap(({ parts }) => parts))
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 4 })
  try {
    const labs = await Promise.all(
      firewalls.flatMap((firewall) =>
        FAMILIES.map(async (family) => {
          const lab = await sandbox.openLab({ ...plan, family })
          await lab.install(firewall)
          const paths = plan.zones.map(({ name }) =>
            ordinary(plan, family, { from: name, to: FIREWALL }),
          )
          return { lab, paths }
        }),
      ),
    )
    const began = performance.now()
    await Promise.all(
      labs.map(async ({ lab, paths }) => {
        // Nearly all of them are dropped, and sent twice.
        for (const path of paths)
          for (const protocol of ['tcp', 'udp'] as const)
            await lab.floor({ ...path, protocol, numbers: [ALL], silent: [ALL] })
      }),
    )
    return performance.now() - began
  } finally {
    await sandbox.close()
  }
}

export function sayDiff(figures: DiffFigures, say: (line: string) => void): void {
  const { medians, commandToFloor, peakResidentMb, machine: on, runs } = figures
  say(`${on.cpu}, ${on.cores} cores, Linux ${on.kernel}, Node ${on.node}; medians of ${runs}`)
  say(
    `nftproof diff of nine rules each  ${medians.commandMs} ms, at most ${peakResidentMb} MB resident`,
  )
  say(`the same with --quick             ${medians.quickMs} ms`)
  say(`floor: the same frames            ${medians.floorMs} ms  → ${commandToFloor} ×`)
}
