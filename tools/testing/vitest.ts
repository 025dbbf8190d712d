/** Runs vitest as the present user, or as an unprivileged one in a copy of the project, and reads what it counted. */
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { heading, run } from './child.ts'
import { type Run, readRun } from './counts.ts'
import { endProcessesOf } from './leftovers.ts'
import { asUser, copyForUser, type User, unprivilegedUser } from './user.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Skipped tests fail there. */
export const CI = Boolean(process.env.CI)

/** Projects of vitest.config.ts. */
export const IN_NAMESPACES = ['netns', 'netns-own'] as const
export const projects = (...names: readonly string[]): string[] =>
  names.flatMap((name) => ['--project', name])

export interface Tests {
  readonly name: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A folder of `scratch` is the tests' TMPDIR, so that interrupted ones leave nothing either. */
export function asPresentUser(tests: Tests, scratch: string): Promise<Run> {
  return vitest(tests, ROOT, scratch)
}

/** Undefined where there is no user to run them as: then `faults` says so, in CI. */
export async function asUnprivileged(
  { name, ...tests }: Tests,
  scratch: string,
  faults: string[],
): Promise<Run | undefined> {
  const user = unprivilegedUser()
  if (!user) {
    const missing = `${name}: not run without root: there is no such user (NFTPROOF_TEST_USER, or nobody)`
    process.stdout.write(`\n${missing}\n`)
    if (CI) faults.push(missing)
    return undefined
  }
  const copy = copyForUser(ROOT, user)
  try {
    return await vitest({ name: `${name} as ${user.name}`, ...tests }, copy, scratch, user)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** The counts are those of vitest's own report. */
async function vitest(
  { name, args = [], env = {} }: Tests,
  folder: string,
  scratch: string,
  user?: User,
): Promise<Run> {
  heading(name)
  const temporary = folderOf(user, join(scratch, 'tests-'))
  // The tests start the command and its sandbox hundreds of times.
  const NODE_COMPILE_CACHE = folderOf(user, join(scratch, 'compiled-'))
  const report = join(temporary, 'report.json')
  const command = [
    ...(user ? asUser(user, folder) : []),
    join(folder, 'node_modules/.bin/node'),
    join(folder, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    `--reporter=${join(folder, 'tools/testing/at-once.ts')}`,
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]
  const status = await run(command, folder, { TMPDIR: temporary, NODE_COMPILE_CACHE, ...env })
  return readRun(name, existsSync(report) ? readFileSync(report, 'utf8') : undefined, status)
}

/** Some tests act as another user in it. */
function folderOf(user: User | undefined, prefix: string): string {
  const folder = mkdtempSync(prefix)
  chmodSync(folder, 0o755)
  if (user) chownSync(folder, user.uid, user.gid)
  return folder
}

/** A folder that every user may enter, for as long as `work` takes. */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'nftproof-test-'))
  chmodSync(scratch, 0o755)
  try {
    return await work(scratch)
  } finally {
    await endProcessesOf(scratch)
    rmSync(scratch, { recursive: true, force: true })
  }
}
