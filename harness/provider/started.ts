/** A running container. */
import { closeSync, openSync } from 'node:fs'
import type { Container } from 'dockerode'
import type { Executed, Execution } from '../contract/execution.ts'
import { CommandError } from '../system/command-error.ts'
import { withinLimit } from '../system/within-limit.ts'
import type { ContainerOutput } from './container-output.ts'
import { execute } from './execute.ts'

interface Parts {
  readonly container: Container
  readonly output: ContainerOutput
  /** The pid of its first process on this machine. */
  readonly pid: number
}

/** An unprivileged sandbox may not read this process's descriptors. */
const canHold = (): boolean => process.geteuid?.() === 0

export class Started {
  readonly container: Container
  readonly output: ContainerOutput
  readonly pid: number
  /**
   * Its network namespace, kept open from the start, because a pid is reused after its process has
   * ended.
   */
  readonly #net: number | undefined
  #fault: CommandError | undefined

  constructor({ container, output, pid }: Parts) {
    this.container = container
    this.output = output
    this.pid = pid
    this.#net = canHold() ? openSync(`/proc/${pid}/ns/net`, 'r') : undefined
  }

  /** The path of its network namespace below /proc. */
  get net(): string {
    return this.#net === undefined ? `${this.pid}/ns/net` : `${process.pid}/fd/${this.#net}`
  }

  /** Removed with everything in it. */
  async remove(): Promise<void> {
    if (this.#net !== undefined) closeSync(this.#net)
    // The rest of it is removed by its label when the provider is closed.
    const removed = this.container.remove({ force: true, v: true })
    await withinLimit('container engine', removed).catch(() => {})
    this.output.close()
  }

  get id(): string {
    return this.container.id
  }

  /** Why this program killed it. Undefined if it did not. */
  get fault(): CommandError | undefined {
    return this.#fault
  }

  async execute(execution: Execution): Promise<Executed> {
    try {
      return await execute(this.container, execution)
    } catch (error) {
      if (error instanceof CommandError) this.#fault ??= error
      throw error
    }
  }
}
