/** The real command, started as a user would. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Hold } from './held.ts'

/** Folder of this tree that the package was built into (built.ts). Absent: the sources are started. */
export const BUILT = 'NFTPROOF_TEST_BUILT'

const ROOT = join(import.meta.dirname, '../..')
export const SOURCE_MAIN = join(ROOT, 'harness/cli/main.ts')
const built = process.env[BUILT]
/** Absent: nothing was built. */
export const BUILT_FOLDER = built ? join(ROOT, built) : undefined
export const MAIN = BUILT_FOLDER ? join(BUILT_FOLDER, 'nftproof.js') : SOURCE_MAIN

/** Where these tests are themselves one of a CI system's parallel jobs, that is not about them. */
const NO_ENGINE = {
  GITHUB_STEP_SUMMARY: '',
  JOB_COMPLETION_INDEX: '',
  CI_NODE_INDEX: '',
  CI_NODE_TOTAL: '',
  BUILDKITE_PARALLEL_JOB: '',
  BUILDKITE_PARALLEL_JOB_COUNT: '',
  CIRCLE_NODE_INDEX: '',
  CIRCLE_NODE_TOTAL: '',
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Setting {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Command that it is preceded by. */
  readonly lead?: readonly string[]
  /** The command's own file, where it is not the one in this tree. */
  readonly main?: string
  /** Another user may not reach the one that runs this. */
  readonly node?: string
}

export function nftproof(
  args: readonly string[],
  { env = {}, cwd, lead = [], main = MAIN, node = process.execPath }: Setting = {},
): Ended {
  const command = [...lead, node, main, ...args]
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...NO_ENGINE, ...env },
    maxBuffer: 64 << 20,
  })
  return { code: status, out: stdout, err: stderr }
}

export function startNftproof(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  lead: readonly string[] = [],
): ChildProcess {
  const command = [...lead, process.execPath, MAIN, ...args]
  return spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...NO_ENGINE, ...env },
  })
}

/** The same, stopped at a stage, where it stands when this resolves. Release the hold to let it go on. */
export async function startHeld(
  hold: Hold,
  args: readonly string[],
  { env = {}, lead = [] }: Pick<Setting, 'env' | 'lead'> = {},
): Promise<Running> {
  const child = startNftproof(args, { ...env, ...hold.env }, lead)
  let err = ''
  let end: string | undefined
  child.stdout?.resume()
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = new Promise<string>((resolve) =>
    child.on('close', (code, signal) => {
      end = signal ?? `exit ${code}`
      resolve(end)
    }),
  )
  await hold.reached(() => end && `${end}\n${err}`)
  return { child, ended }
}

export interface Running {
  readonly child: ChildProcess
  /** The signal that ended it, or `exit` and its code. */
  readonly ended: Promise<string>
}
