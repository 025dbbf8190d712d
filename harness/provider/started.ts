/** A container that runs. */
import type { Container } from 'dockerode'
import type { Executed, Execution } from '../sandbox/execution.ts'
import { ProgramError } from '../system/program-error.ts'
import type { ContainerOutput } from './container-output.ts'
import { execute } from './execute.ts'

interface Parts {
  readonly container: Container
  readonly output: ContainerOutput
  /** Of its first process, as this machine counts. */
  readonly pid: number
}

export class Started {
  readonly container: Container
  readonly output: ContainerOutput
  readonly pid: number
  #fault: ProgramError | undefined

  constructor({ container, output, pid }: Parts) {
    this.container = container
    this.output = output
    this.pid = pid
  }

  get id(): string {
    return this.container.id
  }

  /** Why it was killed by us; undefined where it was not. */
  get fault(): ProgramError | undefined {
    return this.#fault
  }

  async execute(execution: Execution): Promise<Executed> {
    try {
      return await execute(this.container, execution)
    } catch (error) {
      if (error instanceof ProgramError) this.#fault ??= error
      throw error
    }
  }
}
