/** What ends a command early: a message for people and an exit code. */

/** Exit codes of every command (docs/exit-codes.md). */
export const EXIT = { conforms: 0, mismatch: 1, badInput: 2, notMeasured: 3 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Bad usage or bad input: exit 2. The message says what, where, which value, and what to do. */
export class InputError extends Error {
  readonly exitCode = EXIT.badInput
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'InputError'
  }
}

/** The environment does not allow measuring, or the measurement failed: exit 3. */
export class EnvironmentError extends Error {
  readonly exitCode = EXIT.notMeasured
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EnvironmentError'
  }
}
