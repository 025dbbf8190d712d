/**
 * `npm run bench -- large`: rulesets as large as they come, compared by
 * `diff --quick`: time and memory of the whole command, held against nft alone,
 * which loads both and lists each once. And how soon the command ends when it
 * is interrupted, at every stage.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { largeRulesets, SIZES } from './large-rulesets.ts'
import { COMMAND, type Machine, machine, timed } from './measure.ts'

/** Memory is looked at so often; these commands take many seconds. */
const SAMPLE_MS = 100
/** Fractions of the whole command's time after which it is interrupted. */
const MOMENTS = [0.1, 0.3, 0.5, 0.6, 0.7, 0.9]
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

interface LargeFigure {
  readonly what: string
  readonly megabytes: number
  /** Whole command. */
  readonly commandMs: number
  readonly peakResidentMb: number
  /** `nft -f` and one listing of each of the two files. */
  readonly nftMs: number
  readonly commandToNft: number
  /** From the signal to the end, the longest of all moments. */
  readonly longestInterruptionMs: number
  /** Processes that wanted a core of the machine at the time, on average over a minute: beyond the cores, times are too long. */
  readonly load: number
}

export interface LargeFigures {
  readonly machine: Machine
  readonly figures: readonly LargeFigure[]
}

export async function benchLarge(say: (line: string) => void): Promise<LargeFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-bench-'))
  const scale = Number(process.env.BENCH_SCALE ?? 1)
  const sizes = Object.fromEntries(
    Object.entries(SIZES).map(([name, count]) => [name, Math.ceil(count * scale)]),
  ) as unknown as typeof SIZES
  const wanted = process.env.BENCH_ONLY?.split(',')
  try {
    const figures: LargeFigure[] = []
    const [before, after] = [largeRulesets(sizes, 443), largeRulesets(sizes, 444)]
    for (const [i, old] of before.entries()) {
      if (wanted && !wanted.includes(old.name)) continue
      const files = [old, after[i]!].map(({ file, text }, k) => {
        const path = join(folder, `${k ? 'new' : 'old'}-${file}`)
        writeFileSync(path, text)
        return path
      })
      const figure = await measure(old.what, old.text.length, files)
      figures.push(figure)
      say(` ${figure.what}: ${figure.commandMs} ms, nft alone ${figure.nftMs} ms`)
    }
    return { machine: machine(), figures }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(
  what: string,
  characters: number,
  files: readonly string[],
): Promise<LargeFigure> {
  const command = [process.execPath, COMMAND, 'diff', ...files, '--quick']
  const declared = `${files[0]}.yaml`
  writeFileSync(declared, EXPECTED)
  // What is declared ends with 0, as commands that are timed must.
  const whole = [...command, '--expect', declared, '--family', 'ipv4', '--protocol', 'tcp,udp']
  const { ms, peakMb } = await timed(whole, { memory: true, sampleMs: SAMPLE_MS })
  const nftMs = await nftOf(files)
  const waits: number[] = []
  for (const [i, moment] of MOMENTS.entries())
    waits.push(await interrupted(whole, moment * ms, SIGNALS[i % 2]!))
  return {
    what,
    megabytes: Math.round(characters / 1e5) / 10,
    commandMs: Math.round(ms),
    peakResidentMb: Math.round(peakMb),
    nftMs: Math.round(nftMs),
    commandToNft: Math.round((ms / nftMs) * 10) / 10,
    longestInterruptionMs: Math.round(Math.max(...waits)),
    load: Math.round(loadavg()[0]! * 10) / 10,
  }
}

const EXPECTED = `changes:
  - { from: eth0, to: firewall, opened: tcp/444 }
  - { from: eth0, to: firewall, closed: tcp/443 }
`

/** In a namespace of its own. */
async function nftOf(files: readonly string[]): Promise<number> {
  const enter = ['unshare', '--user', '--map-root-user', '--net', 'sh', '-ec']
  const own = process.geteuid?.() === 0 ? ['unshare', '--net', 'sh', '-ec'] : enter
  const load = files[0]!.endsWith('.v4') ? 'iptables-restore' : 'nft -f'
  const steps = files.map(
    (file) => `${load} ${file}; nft -j list ruleset >/dev/null; nft flush ruleset`,
  )
  return (await timed([...own, steps.join('; ')])).ms
}

/** Milliseconds from the signal to the command's end; 0 where it had ended before. */
async function interrupted(
  command: readonly string[],
  afterMs: number,
  signal: NodeJS.Signals,
): Promise<number> {
  const child = spawn(command[0]!, command.slice(1), { stdio: 'ignore' })
  const ended = once(child, 'close')
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  if (child.exitCode !== null) return 0
  const sent = performance.now()
  child.kill(signal)
  await ended
  return performance.now() - sent
}

export function sayLarge({ figures, machine: on }: LargeFigures, say: (line: string) => void) {
  say(`${on.cpu}, ${on.cores} cores, Linux ${on.kernel}, Node ${on.node}; nftproof diff --quick`)
  for (const one of figures)
    say(
      `${one.what.padEnd(44)} ${one.megabytes} MB  ${(one.commandMs / 1000).toFixed(1)} s, ${one.commandToNft} × nft alone, at most ${one.peakResidentMb} MB; interrupted: ended within ${one.longestInterruptionMs} ms`,
    )
}
