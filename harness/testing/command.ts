/** The real command, started as a user would. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'

export const MAIN = new URL('../cli/main.ts', import.meta.url).pathname

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
}

export function nftproof(
  args: readonly string[],
  { env = {}, cwd, lead = [], main = MAIN }: Setting = {},
): Ended {
  const command = [...lead, process.execPath, main, ...args]
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, NO_COLOR: '1', GITHUB_STEP_SUMMARY: '', ...env },
    maxBuffer: 64 << 20,
  })
  return { code: status, out: stdout, err: stderr }
}

export function startNftproof(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
}
