/**
 * `npm run bench [-- start|diff|grants|fleet|large|foreign]`: medians and ratios, all of one run. On machines with more
 * than two cores it keeps to two, so that figures can be compared. Keeps them in
 * results/bench*.json.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { benchDiff, sayDiff } from './diff.ts'
import { benchFleet, sayFleet } from './fleet.ts'
import { benchForeign, sayForeign } from './foreign.ts'
import { benchGrants, sayGrants } from './grants.ts'
import { benchLarge, sayLarge } from './large.ts'
import { benchStart, sayStart } from './start.ts'
import { benchSweep, saySweep } from './sweep.ts'

const CORES = 2

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

type Say = (line: string) => void

/** Measures, then says what was measured. */
function told<F extends object>(
  bench: (say: Say) => Promise<F>,
  sayFigures: (figures: F, say: Say) => void,
): () => Promise<F> {
  return async () => {
    const figures = await bench(say)
    say('')
    sayFigures(figures, say)
    return figures
  }
}

const WHAT: Readonly<Record<string, () => Promise<object>>> = {
  sweep: told(benchSweep, saySweep),
  start: told(benchStart, sayStart),
  diff: told(benchDiff, sayDiff),
  fleet: told(benchFleet, sayFleet),
  large: told(benchLarge, sayLarge),
  foreign: told(benchForeign, sayForeign),
  grants: told(benchGrants, sayGrants),
}

const [what = 'sweep'] = process.argv.slice(2)
const bench = WHAT[what]
if (!bench) {
  process.stderr.write(`bench: ${what} is not one of ${Object.keys(WHAT).join(', ')}\n`)
  process.exit(2)
}
const file = what === 'sweep' ? 'bench.json' : `bench-${what}.json`
const path = new URL(`../../results/${file}`, import.meta.url)
writeFileSync(path, `${JSON.stringify(await bench(), null, 1)}\n`)
