/**
 * Rootless Podman for the tests: its service, run by the unprivileged user of the
 * rootless tests, with its files in a folder that is removed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Ended, nftproof } from '../testing/command.ts'
import { asUser, copyForUser, type User, unprivilegedUser } from '../testing/user.ts'

const ROOT = new URL('../..', import.meta.url).pathname
/** Enough for a slow machine; a service that ends is noticed at once. */
const START_MS = 300_000

/** Why it cannot be here; undefined where it can. */
export function whyNoPodman(): string | undefined {
  const user = unprivilegedUser()
  if (!user) return 'there is no unprivileged user (NFTPROOF_TEST_USER, or nobody)'
  if (!existsSync('/usr/bin/podman')) return 'podman is not installed'
  if (!existsSync('/usr/bin/newuidmap')) return 'newuidmap is not installed (package uidmap)'
  for (const file of ['/etc/subuid', '/etc/subgid'])
    if (!existsSync(file) || !new RegExp(`^${user.name}:`, 'm').test(readFileSync(file, 'utf8')))
      return `${user.name} has no ids of its own in ${file} (usermod --add-subuids)`
  return undefined
}

export class Podman {
  /** The user's home; what it may write. */
  readonly home: string
  readonly #user: User
  readonly #copy: string
  readonly #service: ChildProcess
  readonly #env: Readonly<Record<string, string>>

  private constructor(user: User) {
    this.#user = user
    this.#copy = copyForUser(ROOT, user)
    this.home = mkdtempSync(join(tmpdir(), 'nftproof-podman-'))
    const [runtime, config] = [join(this.home, 'run'), join(this.home, '.config/containers')]
    const temporary = join(this.home, 'tmp')
    for (const folder of [runtime, config, temporary])
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    // There is no systemd of the user's to ask for cgroups.
    const engine =
      '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
    writeFileSync(join(config, 'containers.conf'), engine)
    // Where it is not said, each container is a copy of its image.
    writeFileSync(join(config, 'storage.conf'), '[storage]\ndriver = "overlay"\n')
    this.give(
      '.',
      'run',
      'tmp',
      '.config',
      '.config/containers',
      '.config/containers/containers.conf',
      '.config/containers/storage.conf',
    )
    const socket = `unix://${runtime}/podman.sock`
    this.#env = { XDG_RUNTIME_DIR: runtime, DOCKER_HOST: socket, TMPDIR: temporary }
    this.#service = spawn(this.#lead[0]!, [...this.#lead.slice(1), ...SERVICE, socket], {
      stdio: 'ignore',
      cwd: this.home,
      env: { ...process.env, ...this.#env },
    })
  }

  static async start(): Promise<Podman> {
    const podman = new Podman(unprivilegedUser()!)
    const deadline = Date.now() + START_MS
    while (!existsSync(join(podman.home, 'run/podman.sock'))) {
      if (podman.#service.exitCode !== null || Date.now() > deadline) {
        await podman.stop()
        throw new Error('podman did not start')
      }
      await sleep(50)
    }
    return podman
  }

  get #lead(): string[] {
    // Podman looks for ids of that name.
    return [...asUser(this.#user, this.home), `USER=${this.#user.name}`]
  }

  /** Makes files of the home the user's. */
  give(...paths: string[]): void {
    for (const path of paths) chownSync(join(this.home, path), this.#user.uid, this.#user.gid)
  }

  /** The lines that podman prints. */
  podman(args: readonly string[], input?: Buffer): string[] {
    const [program, ...lead] = this.#lead
    return execFileSync(program!, [...lead, 'podman', ...args], {
      encoding: 'utf8',
      cwd: this.home,
      env: { ...process.env, ...this.#env },
      ...(input ? { input } : {}),
      stdio: [input ? 'pipe' : 'ignore', 'pipe', 'inherit'],
    })
      .split('\n')
      .filter(Boolean)
  }

  /** nftproof as that user, in a copy of the project. */
  nftproof(args: readonly string[]): Ended {
    const cwd = this.#copy
    const [main, node] = ['harness/cli/main.ts', 'node_modules/.bin/node'].map((path) =>
      join(cwd, path),
    ) as [string, string]
    return nftproof(args, { lead: this.#lead, env: this.#env, cwd, main, node })
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#service.once('exit', resolve))
    // It goes on in a process of its own, in the user namespace, and the first one waits for that.
    if (this.#service.exitCode === null) {
      for (const child of childrenOf(this.#service.pid!)) process.kill(child, 'SIGTERM')
      await ended
    }
    // Ends the process that holds the user namespace.
    this.podman(['system', 'migrate'])
    for (const folder of [this.home, this.#copy])
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

const SERVICE = ['podman', 'system', 'service', '--time', '0'] as const

/** Each thread has those that it started. */
function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  )
}
