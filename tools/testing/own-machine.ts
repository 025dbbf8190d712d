/**
 * A network and a mount namespace for one test. A command that is started in
 * them finds no link but lo, and whatever link or mount is there afterwards, it
 * has left behind: what else the machine does is not seen.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { mustBeRootless } from '../../harness/sandbox/sandbox.ts'
import { findProgram } from '../../harness/system/find-program.ts'
import { Mark } from './mark.ts'

export class OwnMachine {
  readonly #holder: ChildProcess
  readonly #mark = new Mark()
  readonly #mounted: ReadonlySet<string>

  private constructor(holder: ChildProcess) {
    this.#holder = holder
    this.#mounted = new Set(this.#mounts())
  }

  static async make(): Promise<OwnMachine> {
    const user = mustBeRootless() ? ['--user', '--map-current-user'] : []
    const unshare = [findProgram('unshare'), ...user, '--net', '--mount']
    const holder = spawn(
      findProgram('setpriv'),
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
      findProgram('nsenter'),
      `--target=${this.#holder.pid}`,
      ...user,
      '--net',
      '--mount',
      '--wd',
    ]
  }

  /** To be started with, so that every process of that command is known. */
  get env(): Record<string, string> {
    return this.#mark.env
  }

  /**
   * Everything that a command which was started here can leave. Mounts that go
   * are others': a named namespace that they delete goes here too.
   */
  remains(): { links: string[]; mounts: string[]; processes: string[] } {
    return {
      links: this.#inside('ip', '-br', 'link').map((line) => line.split(/\s+/)[0]!),
      mounts: this.#mounts().filter((mount) => !this.#mounted.has(mount)),
      processes: this.#mark.processes(),
    }
  }

  /** Network namespaces of processes that were started here, beside this one. */
  networks(): Set<string> {
    const own = networkNamespaceOf(`${this.#holder.pid}`)
    const others = this.#mark.processes().flatMap((pid) => networkNamespaceOf(pid) ?? [])
    return new Set(others.filter((network) => network !== own))
  }

  async remove(): Promise<void> {
    const ended = once(this.#holder, 'exit')
    this.#holder.kill('SIGKILL')
    await ended
  }

  #mounts(): string[] {
    return this.#inside('cat', '/proc/self/mountinfo')
  }

  #inside(...command: readonly string[]): string[] {
    const [program, ...args] = [...this.lead, ...command]
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
    return execFileSync(program!, args, { encoding: 'utf8', env }).trim().split('\n')
  }
}

/** Undefined of a process that has ended meanwhile. */
function networkNamespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}
