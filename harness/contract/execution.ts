/**
 * A program that the engine runs in a container, and its result: plain data, because it crosses
 * between processes.
 */
export interface Execution {
  /** Searched in the usual folders of the image. Also the name for messages and time limits. */
  readonly program: string
  readonly args: readonly string[]
  readonly input?: string
  /** Absent: the limit of the program, which grows with the input. */
  readonly timeoutMs?: number
}

/** The program exited. Its output comes from the image: limited in size, and never trusted. */
export interface Executed {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** The image does not have the program. */
  readonly isMissing: boolean
}

/** Runs it in one container. */
export type Execute = (execution: Execution) => Promise<Executed>
