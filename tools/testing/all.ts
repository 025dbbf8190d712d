/**
 * Every check of the project: lint, types, unit tests, tests in namespaces and of
 * containers as the present user. In CI, with --rootless, and where arguments name
 * files, root runs the tests in namespaces again as an unprivileged user. The last
 * line says how many tests ran.
 */
import { join } from 'node:path'
import { withBuilt } from './built.ts'
import { heading, run, untilInterrupted } from './child.ts'
import { conclude, type Run } from './counts.ts'
import { CONTAINERS, LEFT_OUT, ROOT_ONLY } from './rootless.ts'
import {
  asPresentUser,
  asUnprivileged,
  CI,
  IN_NAMESPACES,
  projects,
  ROOT,
  withScratch,
} from './vitest.ts'

const BIN = join(ROOT, 'node_modules/.bin')
const isRoot = process.geteuid?.() === 0
type Environment = Readonly<Record<string, string>>
const ROOTLESS = '--rootless'
/** Absent: all. */
const FILES = process.argv.slice(2).filter((word) => word !== ROOTLESS)
const isRunAgain = CI || FILES.length > 0 || process.argv.includes(ROOTLESS)

// Leaves out what cannot differ from the first run (rootless.ts), and tries fewer
// scenarios and random cases.
const SECOND = { NFTPROOF_TEST_RUN: 'second' }

async function main(scratch: string): Promise<void> {
  const faults: string[] = []
  await step(faults, 'lint', [join(BIN, 'biome'), 'check', '--error-on-warnings', '.'])
  await step(faults, 'types', [join(BIN, 'tsc'), '-p', '.'])
  if (!isRoot) sayLeftOut('not run, because only root can', { ...ROOT_ONLY, ...CONTAINERS })
  heading('build')
  const runs = await withBuilt(ROOT, async (built) => {
    if (built) return allTests(built, scratch, faults)
    faults.push('build failed: see above')
    return []
  })
  const { passes, lines } = conclude(
    runs.filter((one) => one !== undefined),
    faults,
    CI,
  )
  process.stdout.write(`\n${lines.join('\n')}\n`)
  process.exitCode = passes ? 0 : 1
}

/** Side by side: each waits about half of its time. */
async function allTests(
  env: Environment,
  scratch: string,
  faults: string[],
): Promise<(Run | undefined)[]> {
  const own = {
    name: 'tests',
    args: [...projects('pure', 'unit', ...IN_NAMESPACES), ...FILES],
    env,
  }
  return ended([
    ...(FILES.length > 0 && FILES.every(isOfContainers) ? [] : [asPresentUser(own, scratch)]),
    ...(isRoot ? [withoutRoot(env, scratch, faults), ofContainers(env, scratch)] : []),
  ])
}

/** Where one is interrupted, the others are too: nothing is removed before all have ended. */
async function ended<T>(runs: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(runs)
  return Promise.all(runs)
}

async function withoutRoot(
  env: Environment,
  scratch: string,
  faults: string[],
): Promise<Run | undefined> {
  if (!mayName('netns')) return undefined
  if (!isRunAgain) {
    const where = `CI does it, or npm test -- ${ROOTLESS}`
    sayLeftOut('not run again without root', { 'all tests in namespaces': where })
    return undefined
  }
  sayLeftOut('not run again without root', LEFT_OUT)
  const again = { name: 'tests in namespaces', args: [...projects(...IN_NAMESPACES), ...FILES] }
  return asUnprivileged({ ...again, env: { ...env, ...SECOND } }, scratch, faults)
}

async function ofContainers(env: Environment, scratch: string): Promise<Run | undefined> {
  if (!mayName('container')) return undefined
  return asPresentUser(
    { name: 'tests of containers', args: [...projects('containers'), ...FILES], env },
    scratch,
  )
}

const isOfContainers = (file: string): boolean => file.endsWith('.container.test.ts')

/** Whether a test of this kind may be among the given files. */
const mayName = (kind: string): boolean =>
  FILES.length === 0 ||
  FILES.some((file) => file.includes(`.${kind}.`) || !file.endsWith('.test.ts'))

async function step(faults: string[], name: string, command: readonly string[]): Promise<void> {
  heading(name)
  const status = await run(command, ROOT)
  if (status !== 0) faults.push(`${name} failed: see above`)
}

function sayLeftOut(what: string, reasons: Readonly<Record<string, string>>): void {
  for (const [files, why] of Object.entries(reasons))
    process.stdout.write(`${what}: ${files}: ${why}\n`)
}

await untilInterrupted(() => withScratch(main))
