/**
 * Starts the sandbox: one child process in new namespaces, in which all labs live. When it dies, by
 * any signal, the kernel removes everything with it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Firewall, Inspection } from '../../src/firewall/firewall.ts'
import type { Execute } from '../contract/execution.ts'
import type { FaultInjection, LabCalls, LabSpec, RawInspection } from '../contract/lab.ts'
import type { Answer } from '../contract/messages.ts'
import { fromPlain, type Reply, type Told, toPlain } from '../contract/messages.ts'
import { reached } from '../contract/stage.ts'
import { readInspection } from '../firewall/inspect.ts'
import { compileCacheVariables } from '../system/compile-cache.ts'
import { EnvironmentError } from '../system/errors.ts'
import { freshMark, killDescendants } from '../system/kill-descendants.ts'
import { startRemedy } from '../system/limit-remedies.ts'
import { startedModule } from '../system/module-url.ts'
import { programsOf } from '../system/programs-of.ts'
import { safeText } from '../system/safe-text.ts'
import { TIME_LIMITS, timeLimitMs } from '../system/time-limits.ts'
import { crashed, endOf, reasonOfEnd, wordsSaid } from './end.ts'
import { enterCommand } from './enter.ts'
import { explainSandboxFailure } from './failure.ts'
import { HOST_PROC, HOST_PROC_FD } from './host-proc.ts'

/** A remote lab: every call returns a promise. */
export type Lab = {
  readonly [K in Exclude<keyof LabCalls, 'inspect'>]: (
    ...args: Parameters<LabCalls[K]>
  ) => Promise<ReturnType<LabCalls[K]>>
} & { inspect(withState?: boolean): Promise<Inspection>; close(): Promise<void> }

export interface SandboxOptions {
  /** Enter a user namespace too. Required without root, possible with it. */
  readonly rootless: boolean
  /** Worker threads started at once: as many as labs that will be open together. */
  readonly workers: number
  /** The maximum of worker threads; further labs share them. Absent: one for each lab. */
  readonly mostWorkers?: number
  /**
   * Labs may be in existing namespaces of other processes. This needs root in the initial user
   * namespace.
   */
  readonly reachesOut?: boolean
  /** Enter the user namespace of this process instead of a new one. */
  readonly userNamespaceOf?: number | undefined
}

export class Sandbox {
  readonly #child: ChildProcess
  readonly #mark = freshMark()
  readonly #pending = new Map<
    number,
    { resolve(value: unknown): void; reject(error: Error): void }
  >()
  /** Containers in which it may run programs, by id. */
  readonly #containers = new Map<string, Execute>()
  #lastId = 0
  #lastLab = 0
  #stderr = ''
  #isReady = false
  #ended: Error | undefined
  readonly #gone: Promise<void>
  readonly #ready: Promise<void>

  /** Starts at once. A call on a lab waits until the sandbox is ready. */
  constructor({ rootless, workers, mostWorkers, ...more }: SandboxOptions) {
    const { reachesOut = false, userNamespaceOf } = more
    const command = enterCommand(rootless, userNamespaceOf)
    const main = fileURLToPath(startedModule('sandbox'))
    const numbers = [workers, ...(mostWorkers === undefined ? [] : [mostWorkers])].map(String)
    const proc = reachesOut ? openSync('/proc', 'r') : undefined
    const args = [...command.slice(1), process.execPath, main, ...numbers]
    this.#child = spawn(command[0]!, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...(proc === undefined ? [] : [proc])],
      env: {
        ...process.env,
        ...this.#mark,
        ...compileCacheVariables(),
        ...(proc === undefined ? {} : { [HOST_PROC]: `${HOST_PROC_FD}` }),
      },
      serialization: 'advanced',
      // This process handles a signal to the process group, such as Ctrl-C.
      detached: true,
    })
    if (proc !== undefined) closeSync(proc)
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT)
    })
    this.#ready = new Promise((resolve, reject) => {
      this.#pending.set(READY, { resolve: () => resolve(), reject })
    })
    this.#ready.catch(() => {})
    const timeoutMs = timeLimitMs('sandbox')
    const timer = setTimeout(() => this.#giveUp(timeoutMs), timeoutMs)
    void this.#ready.catch(() => {}).finally(() => clearTimeout(timer))
    this.#child.on('message', (message) => this.#onMessage(message as Reply))
    this.#child.on('error', (error) => this.#onError(error))
    this.#gone = new Promise((resolve) => this.#child.on('close', () => resolve()))
    this.#child.on('exit', () => this.#killSurvivors())
    this.#child.on('close', (code, signal) => this.#end(this.#explain(code, signal)))
    reached('sandbox spawned')
  }

  /**
   * Resolves when the namespaces exist. Throws EnvironmentError with the reason if they cannot be
   * created.
   */
  ready(): Promise<void> {
    return this.#ready
  }

  async openLab(spec: LabSpec, faults: FaultInjection = {}): Promise<Lab> {
    const lab = ++this.#lastLab
    await this.#ready
    await this.#call(lab, 'open', [spec, faults]).catch((error) => {
      // The thread that was reserved for it becomes free for another lab.
      this.#call(lab, 'close', []).catch(() => {})
      throw error
    })
    const call =
      (name: string) =>
      (...args: readonly unknown[]) =>
        this.#call(lab, name, args)
    return {
      load: call('load'),
      install: call('install'),
      inspect: async (withState = false) =>
        readInspection((await this.#call(lab, 'inspect', [withState])) as RawInspection),
      sweep: call('sweep'),
      handshake: call('handshake'),
      openFlows: call('openFlows'),
      checkFlows: call('checkFlows'),
      trace: call('trace'),
      exercise: call('exercise'),
      floor: call('floor'),
      close: call('close'),
    } as Lab
  }

  /** Errors of nft and iptables-restore about a firewall in a lab with these links. */
  async check(firewall: Firewall, links: readonly string[]): Promise<readonly string[]> {
    await this.#ready
    return (await this.#call(0, 'check', [firewall, links])) as readonly string[]
  }

  /** From now on, labs may run programs in this container, and in no other one. */
  serve(container: string, execute: Execute): void {
    this.#containers.set(container, execute)
  }

  /** The pid of the process that ends everything in the sandbox when it ends. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** A program hangs on the way into the sandbox. */
  #giveUp(timeoutMs: number): void {
    const running = programsOf(this.#child.pid)
    const end = { code: null, signal: null, said: this.#said() }
    const remedy = crashed(end.said)
      ? reasonOfEnd(end)
      : running.includes('node')
        ? 'node waits forever if it cannot start threads: raise the limits of processes and memory (ulimit -u, ulimit -v, pids.max)'
        : `find out why it waits, or allow more time (${TIME_LIMITS}=sandbox=600)`
    this.#end(
      new EnvironmentError(
        `no sandbox could be created within ${timeoutMs / 1000} s: it was stopped while it ran ${running.join(', ') || 'nothing'}: ${remedy}${wordsSaid(end)}`,
      ),
    )
    this.#kill()
  }

  /** It was closed, or killed, or could not be created: it can open no more labs. */
  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /** Ends the sandbox and everything in it, and resolves when it is gone. */
  async close(): Promise<void> {
    this.#ended ??= new EnvironmentError('the sandbox was closed')
    this.#rejectAll(this.#ended)
    if (this.#child.pid === undefined) return
    this.#kill()
    await this.#gone
  }

  /**
   * Kills the whole process group: unshare may end before it has tied the first process's life to
   * its own, and that process would then stay. Before the namespaces exist, programs on the way may
   * have left the group.
   */
  #kill(): void {
    const { pid } = this.#child
    if (pid === undefined) return
    killGroup(pid)
    if (!this.#isReady) killDescendants(pid, this.#mark)
  }

  /**
   * unshare may die before it has tied the first process's life to its own. That process holds the
   * channel open, and would go on as if nothing had happened.
   */
  #killSurvivors(): void {
    const { pid } = this.#child
    if (pid !== undefined && this.#ended === undefined) killDescendants(pid, this.#mark)
  }

  #call(lab: number, call: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended)
      const id = ++this.#lastId
      this.#pending.set(id, { resolve, reject })
      this.#child.send({ id, lab, call, args }, (error) => {
        // It is gone. The reason comes with its exit.
        if (error) this.#awaitEnd()
      })
    })
  }

  /** It could not be started, or its channel is broken. The reason comes with its exit. */
  #onError(error: Error): void {
    if (this.#child.pid !== undefined) this.#awaitEnd()
    else
      this.#end(
        new EnvironmentError(
          `no sandbox could be created: setpriv could not be started: ${startRemedy(error) ?? error.message}`,
          { cause: error },
        ),
      )
  }

  /** A channel breaks shortly before the process ends. If the process lives on, it is useless. */
  #awaitEnd(): void {
    setTimeout(() => this.#kill(), DYING_MS).unref()
  }

  #onMessage(message: Reply): void {
    if (message.kind === 'ready') {
      this.#isReady = true
      this.#settle(READY)?.resolve(undefined)
      reached('sandbox ready')
    } else if (message.kind === 'execute') void this.#execute(message)
    else if (message.kind === 'value') this.#settle(message.id)?.resolve(message.value)
    else this.#settle(message.id)?.reject(fromPlain(message.error))
  }

  async #execute({ id, container, execution }: Extract<Reply, { kind: 'execute' }>): Promise<void> {
    const answer = await this.#containers
      .get(container)?.(execution)
      .then((executed): Answer => ({ ok: true, executed }))
      .catch((error: unknown): Answer => ({ ok: false, error: toPlain(error) }))
    const unknown = {
      message: 'the sandbox asked for a container that does not belong to its labs',
    }
    const told: Told = { toldOf: id, answer: answer ?? { ok: false, error: unknown } }
    // If it has ended in the meantime, no thread waits any more.
    if (this.#child.connected) this.#child.send(told, () => {})
  }

  #settle(id: number) {
    const waiting = this.#pending.get(id)
    this.#pending.delete(id)
    return waiting
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#rejectAll(this.#ended)
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }

  /** Its last output, without Node's own stack after it. */
  #said(): string {
    return safeText(this.#stderr.replace(NATIVE_STACK, '').trim(), STDERR_KEPT)
  }

  #explain(code: number | null, signal: NodeJS.Signals | null): Error {
    const started = this.#isReady
    const said = this.#said()
    const end = endOf({ code, signal, said })
    const how = end.signal ? `by ${end.signal}` : `with code ${code}`
    if (started)
      return new EnvironmentError(
        `the sandbox ended ${how} while it was in use: ${reasonOfEnd(end)}${wordsSaid(end)}`,
      )
    if (end.signal || crashed(said))
      return new EnvironmentError(
        `no sandbox could be created: it ended ${how}: ${reasonOfEnd(end)}${wordsSaid(end)}`,
      )
    const why = said || `unshare ended ${how}`
    return new EnvironmentError(`no sandbox could be created: ${why}
${explainSandboxFailure(said)}`)
  }
}

/** What Node prints after its reason. */
const NATIVE_STACK = /-+ Native stack trace -+(?:.|\n)*/
const READY = 0
const DYING_MS = 5000
const STDERR_KEPT = 8192

/**
 * The child leads a process group of its own (`detached`), which contains everything that it
 * starts.
 */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Root needs no user namespace; every other user does. */
export function mustBeRootless(): boolean {
  return process.geteuid?.() !== 0
}
