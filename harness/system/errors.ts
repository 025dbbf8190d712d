/** Errors that end a command: a message for the user, and an exit code. */

/** Exit codes of every command (docs/exit-codes.md). */
export const EXIT = { conforms: 0, mismatch: 1, badInput: 2, notMeasured: 3 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/**
 * Bad usage or bad input: exit 2. The message has the place, the value, the reason and the remedy.
 */
export class InputError extends Error {
  readonly exitCode = EXIT.badInput
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'InputError'
  }
}

/** The environment does not allow the measurement, or it failed: exit 3. */
export class EnvironmentError extends Error {
  readonly exitCode = EXIT.notMeasured
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EnvironmentError'
  }
}
