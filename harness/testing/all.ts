/**
 * Every check of the project: lint, types, unit tests, tests in namespaces as
 * the present user and, where that is root, as an unprivileged one. The last
 * line says how many tests ran.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asUser, copyForUser, unprivilegedUser } from './user.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const BIN = join(ROOT, 'node_modules/.bin')

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

function main(): void {
  const scratch = mkdtempSync(join(tmpdir(), 'nftproof-test-'))
  try {
    const checks = [
      step('lint', [join(BIN, 'biome'), 'check', '--error-on-warnings', '.']),
      step('types', [join(BIN, 'tsc'), '-p', '.']),
    ]
    const runs = [vitest('tests', ROOT, join(scratch, 'own.json'), []), rootless()]
    finish(
      checks.every(Boolean),
      runs.filter((run) => run !== undefined),
    )
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function step(name: string, command: readonly string[]): boolean {
  heading(name)
  const { status } = spawnSync(command[0]!, command.slice(1), { cwd: ROOT, stdio: 'inherit' })
  return status === 0
}

function heading(name: string): void {
  process.stdout.write(`\n── ${name} ──\n`)
}

/** Runs vitest in `folder`; the counts are those of its own report. */
function vitest(
  name: string,
  folder: string,
  report: string,
  lead: readonly string[],
  args: readonly string[] = [],
): Counts {
  heading(name)
  const command = [
    ...lead,
    join(folder, 'node_modules/.bin/node'),
    join(folder, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]
  const { status } = spawnSync(command[0]!, command.slice(1), { cwd: folder, stdio: 'inherit' })
  return countsOf(report, status)
}

function countsOf(report: string, status: number | null): Counts {
  let counts: Counts
  try {
    const json = JSON.parse(readFileSync(report, 'utf8'))
    counts = {
      passed: json.numPassedTests,
      failed: json.numFailedTests,
      skipped: json.numPendingTests + json.numTodoTests,
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
  // A file that cannot even be loaded has no failed test in it.
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

/** The tests in namespaces once more, without root. Undefined where we are not root to begin with. */
function rootless(): Counts | undefined {
  if (process.geteuid?.() !== 0) return undefined
  const user = unprivilegedUser()
  if (!user) {
    heading('without root')
    process.stdout.write('skipped: there is no unprivileged user (NFTPROOF_TEST_USER, nobody)\n')
    return { passed: 0, failed: process.env.CI ? 1 : 0, skipped: 1 }
  }
  const copy = copyForUser(ROOT, user)
  try {
    const report = join(copy, 'rootless.json')
    return vitest(`tests in namespaces as ${user.name}`, copy, report, asUser(user, copy), [
      '--project',
      'netns',
    ])
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function finish(checked: boolean, runs: readonly Counts[]): void {
  const sum = (key: keyof Counts): number => runs.reduce((n, run) => n + run[key], 0)
  const empty = runs.some((run) => run.passed + run.failed === 0)
  const skips = sum('skipped')
  const failed =
    !checked || empty || sum('failed') > 0 || (process.env.CI !== undefined && skips > 0)
  if (!checked) process.stdout.write('\nlint or types failed: see above\n')
  if (process.env.CI !== undefined && skips > 0) process.stdout.write('\nskipped tests fail here\n')
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed, ${skips} skipped\n`)
  process.exitCode = failed ? 1 : 0
}

main()
