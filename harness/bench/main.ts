/**
 * `npm run bench`: medians and ratios, all of one run. On machines with more
 * than two cores it keeps to two, so that figures can be compared. Keeps them in
 * results/bench.json.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { benchSweep } from './sweep.ts'

const CORES = 2
const FILE = new URL('../../results/bench.json', import.meta.url)

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

if (availableParallelism() > CORES) {
  const { status } = spawnSync(
    'taskset',
    ['-c', '0,1', process.execPath, ...process.argv.slice(1)],
    { stdio: 'inherit' },
  )
  process.exit(status ?? 1)
}

const build = spawnSync(process.execPath, [new URL('../build.ts', import.meta.url).pathname], {
  stdio: 'inherit',
  cwd: new URL('../..', import.meta.url).pathname,
})
if (build.status !== 0) process.exit(1)

const figures = await benchSweep(say)
const { medians, ratios, peakResidentMb, machine, remarks } = figures
say('')
say(
  `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}; medians of ${figures.runs}`,
)
say(
  `nftproof, whole command, 4 × 65,536 ports  ${medians.commandMs} ms, at most ${peakResidentMb} MB resident`,
)
say(
  `floor: the same frames, nothing recorded   ${medians.floorMs} ms  → command is ${ratios.commandToFloor} × the floor`,
)
if (medians.nmapTunedMs !== undefined) {
  say(
    `nmap ${figures.nmapTuned}  ${medians.nmapTunedMs} ms  → ${ratios.nmapTunedToCommand} × slower`,
  )
  say(
    `nmap with its defaults  ${medians.nmapDefaultsMs} ms  → ${ratios.nmapDefaultsToCommand} × slower`,
  )
}
for (const remark of remarks) say(`(${remark})`)
writeFileSync(FILE, `${JSON.stringify(figures, null, 1)}\n`)
