/** A program that the engine is to run in a container, and what became of it: plain data, as it crosses between processes. */
export interface Execution {
  /** Looked for in the usual folders of the image; messages and time limits call it so, too. */
  readonly program: string
  readonly args: readonly string[]
  readonly input?: string
  /** Absent: that of the program, growing with the input. */
  readonly timeoutMs?: number
}

/** The program ended by itself. What it printed is the image's word: bounded, and never trusted. */
export interface Executed {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** The image has no such program. */
  readonly isMissing: boolean
}

/** Runs it in one container. */
export type Execute = (execution: Execution) => Promise<Executed>
