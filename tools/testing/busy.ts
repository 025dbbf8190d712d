/**
 * The tests in namespaces on a busy machine: several runs, one after the other,
 * beside processes that do nothing but compute. Whatever ends this ends them.
 *
 *     npm run test:busy                             3 runs beside 2 busy loops
 *     npm run test:busy -- --runs 1 --loops 4 harness/cli/kill.netns.test.ts
 *     npm run test:busy -- --unprivileged           as the user of the rootless tests
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { findProgram } from '../../harness/system/find-program.ts'
import { withBuilt } from './built.ts'
import { untilInterrupted } from './child.ts'
import { conclude, type Run } from './counts.ts'
import {
  asPresentUser,
  asUnprivileged,
  CI,
  IN_NAMESPACES,
  projects,
  ROOT,
  withScratch,
} from './vitest.ts'

const OPTIONS = {
  runs: { type: 'string', default: '3' },
  loops: { type: 'string', default: '2' },
  unprivileged: { type: 'boolean', default: false },
} as const

async function main(scratch: string): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
  const loops = Array.from({ length: count('loops', values.loops) }, startLoop)
  try {
    const runs: Run[] = []
    const faults: string[] = []
    for (let i = 1; i <= count('runs', values.runs); i++) {
      const name = `run ${i} of ${values.runs}, beside ${loops.length} busy loops`
      const args = [...projects(...IN_NAMESPACES), ...positionals]
      const one = await withBuilt(ROOT, async (env) => {
        if (!env) throw new Error('the package could not be built: see above')
        return values.unprivileged
          ? asUnprivileged({ name, args, env }, scratch, faults)
          : asPresentUser({ name, args, env }, scratch)
      })
      if (!one) throw new Error(`${name}: there is no unprivileged user`)
      runs.push(one)
      process.stdout.write(`${one.name}: ${conclude([one], [], CI).lines.join('; ')}\n`)
    }
    mustHaveRun(loops, faults)
    const { passes, lines } = conclude(runs, faults, CI)
    process.stdout.write(`\n${lines.join('\n')}\n`)
    process.exitCode = passes ? 0 : 1
  } finally {
    for (const loop of loops) loop.kill('SIGKILL')
  }
}

function count(name: string, text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new Error(`--${name} ${text}: must be a number from 1 to 99`)
  return Number(text)
}

function startLoop(): ChildProcess {
  const forEver = [process.execPath, '-e', 'for (;;);']
  return spawn(findProgram('setpriv'), ['--pdeathsig', 'KILL', ...forEver], { stdio: 'ignore' })
}

/** A machine that was not busy proves nothing. */
function mustHaveRun(loops: readonly ChildProcess[], faults: string[]): void {
  if (loops.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null))
    faults.push('a busy loop ended before the tests did')
}

await untilInterrupted(() => withScratch(main))
