/**
 * Every check of the project: lint, types, unit tests, tests in namespaces as
 * the present user and, where that is root, as an unprivileged one. The last
 * line says how many tests ran. Arguments name test files, and only those run.
 */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { conclude, type Run, readRun } from './counts.ts'
import { asUser, copyForUser, type User, unprivilegedUser } from './user.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')
const CI = Boolean(process.env.CI)
const FILES = process.argv.slice(2)

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'nftproof-test-'))
  chmodSync(scratch, 0o755)
  const faults: string[] = []
  try {
    await step(faults, 'lint', [join(BIN, 'biome'), 'check', '--error-on-warnings', '.'])
    await step(faults, 'types', [join(BIN, 'tsc'), '-p', '.'])
    const own = await vitest('tests', ROOT, join(scratch, 'own'))
    const other = await rootless(faults, join(scratch, 'rootless'))
    const { passes, lines } = conclude(other ? [own, other] : [own], faults, CI)
    process.stdout.write(`\n${lines.join('\n')}\n`)
    process.exitCode = passes ? 0 : 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function step(faults: string[], name: string, command: readonly string[]): Promise<void> {
  heading(name)
  const status = await run(command, ROOT)
  if (status !== 0) faults.push(`${name} failed: see above`)
}

function heading(name: string): void {
  process.stdout.write(`\n── ${name} ──\n`)
}

// A hundred random cases in all: where the tests run twice, each run takes a part,
// and the second proves the shipped scenarios on fewer ports, and leaves out what
// cannot differ (rootless.ts).
const CASES: Readonly<Record<'own' | 'rootless', Readonly<Record<string, string>>>> =
  process.geteuid?.() === 0 && unprivilegedUser()
    ? {
        own: { NFTPROOF_TEST_CASES: '60' },
        rootless: {
          NFTPROOF_TEST_RUN: 'second',
          NFTPROOF_TEST_CASES: '40',
          NFTPROOF_TEST_PORTS: '0-1100,51000-52000,65000-65535',
        },
      }
    : { own: {}, rootless: {} }

/**
 * Runs vitest in `folder`; the counts are those of its own report. The temporary
 * files of its tests go into `temporary`, so that interrupted ones leave nothing either.
 */
async function vitest(
  name: string,
  folder: string,
  temporary: string,
  { user, args = [] }: { user?: User; args?: readonly string[] } = {},
): Promise<Run> {
  heading(name)
  mkdirSync(temporary)
  if (user) chownSync(temporary, user.uid, user.gid)
  const report = join(temporary, 'report.json')
  const command = [
    ...(user ? asUser(user, folder) : []),
    join(folder, 'node_modules/.bin/node'),
    join(folder, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
    ...FILES,
  ]
  const status = await run(command, folder, {
    TMPDIR: temporary,
    ...CASES[user ? 'rootless' : 'own'],
  })
  return readRun(name, existsSync(report) ? readFileSync(report, 'utf8') : undefined, status)
}

/** The tests in namespaces once more, without root. Undefined where we are not root to begin with. */
async function rootless(faults: string[], temporary: string): Promise<Run | undefined> {
  if (process.geteuid?.() !== 0) return undefined
  const user = unprivilegedUser()
  if (!user) {
    const missing = 'not run without root: there is no such user (NFTPROOF_TEST_USER, or nobody)'
    process.stdout.write(`\n${missing}\n`)
    if (CI) faults.push(missing)
    return undefined
  }
  const copy = copyForUser(ROOT, user)
  try {
    const name = `tests in namespaces as ${user.name}`
    return await vitest(name, copy, temporary, { user, args: ['--project', 'netns'] })
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

// ── Interruption ────────────────────────────────────────────────────────────

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

class Interrupted extends Error {
  readonly signal: NodeJS.Signals
  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`)
    this.signal = signal
  }
}

/** Exit code of a command. A signal that comes meanwhile goes to it, and ends everything once what was made is removed. */
async function run(
  [program, ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number | null> {
  let interrupted: NodeJS.Signals | undefined
  const child = spawn(program!, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } })
  const pass = (signal: NodeJS.Signals): void => {
    interrupted = signal
    child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, pass)
  const status = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null))
    child.on('close', resolve)
  })
  for (const signal of SIGNALS) process.off(signal, pass)
  if (interrupted) throw new Interrupted(interrupted)
  return status
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Interrupted)) throw error
  process.kill(process.pid, error.signal)
}
