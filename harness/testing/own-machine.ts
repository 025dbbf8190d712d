/**
 * A network and a mount namespace for one test. A command that is started in
 * them finds no link but lo, and whatever link or mount is there afterwards, it
 * has left behind: what else the machine does is not seen.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mustBeRootless } from '../sandbox/sandbox.ts'
import { findTool } from '../tools.ts'

const MARK = 'NFTPROOF_TEST_MARK'
let machines = 0

export class OwnMachine {
  readonly #holder: ChildProcess
  readonly #mark = `${MARK}=${process.pid}-${process.hrtime.bigint()}-${++machines}`

  private constructor(holder: ChildProcess) {
    this.#holder = holder
  }

  static async make(): Promise<OwnMachine> {
    const user = mustBeRootless() ? ['--user', '--map-current-user'] : []
    const unshare = [findTool('unshare'), ...user, '--net', '--mount']
    const holder = spawn(
      findTool('setpriv'),
      ['--pdeathsig', 'KILL', ...unshare, 'sh', '-c', 'echo here; exec sleep infinity'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await once(holder.stdout!, 'data')
    return new OwnMachine(holder)
  }

  /** Command that another one is preceded by to run here; it keeps its number of process. */
  get lead(): string[] {
    const user = mustBeRootless() ? ['--user', '--preserve-credentials'] : []
    return [
      findTool('nsenter'),
      `--target=${this.#holder.pid}`,
      ...user,
      '--net',
      '--mount',
      '--wd',
    ]
  }

  /** What every process of that command inherits, so that it is known by it. */
  get env(): Record<string, string> {
    const [name, value] = this.#mark.split('=') as [string, string]
    return { [name]: value }
  }

  /** Everything that a command which was started here can leave. */
  remains(): { links: string[]; mounts: string[]; processes: string[] } {
    return {
      links: this.#inside('ip', '-br', 'link').map((line) => line.split(/\s+/)[0]!),
      mounts: this.#inside('cat', '/proc/self/mountinfo'),
      processes: this.#processes(),
    }
  }

  /** Network namespaces of processes that were started here, beside this one. */
  networks(): Set<string> {
    const own = networkOf(`${this.#holder.pid}`)
    const others = this.#processes().flatMap((pid) => networkOf(pid) ?? [])
    return new Set(others.filter((network) => network !== own))
  }

  async remove(): Promise<void> {
    const ended = once(this.#holder, 'exit')
    this.#holder.kill('SIGKILL')
    await ended
  }

  #inside(...command: readonly string[]): string[] {
    const [program, ...args] = [...this.lead, ...command]
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
    return execFileSync(program!, args, { encoding: 'utf8', env }).trim().split('\n')
  }

  #processes(): string[] {
    return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && this.#isOurs(pid))
  }

  #isOurs(pid: string): boolean {
    return (
      attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))?.includes(this.#mark) ?? false
    )
  }
}

const networkOf = (pid: string): string | undefined =>
  attempt(() => readlinkSync(`/proc/${pid}/ns/net`))

/** Undefined of a process that has ended meanwhile, or that is another user's. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
