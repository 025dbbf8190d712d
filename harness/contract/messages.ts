/** Messages between the command, the sandbox's first process, and its workers. */

import type { Firewall } from '../../src/firewall/firewall.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { shortageOf } from '../system/limit-remedies.ts'
import type { Executed, Execution } from './execution.ts'
import type { FaultInjection, LabCalls, LabSpec } from './lab.ts'

/** Command → sandbox. The command chooses `lab`, which names the lab from then on. */
export type Request =
  | {
      readonly id: number
      readonly lab: number
      readonly call: 'open'
      readonly args: readonly [LabSpec, FaultInjection]
    }
  | {
      readonly id: number
      /** None. */
      readonly lab: 0
      readonly call: 'check'
      readonly args: readonly [Firewall, readonly string[]]
    }
  | {
      readonly id: number
      readonly lab: number
      readonly call: 'close'
      readonly args: readonly []
    }
  | {
      readonly id: number
      readonly lab: number
      readonly call: keyof LabCalls
      readonly args: readonly unknown[]
    }

/** Command → sandbox: the result of a program that the sandbox requested. */
export interface Told {
  readonly toldOf: number
  readonly answer: Answer
}

/** Sandbox → command. The first message is `ready`. */
export type Reply =
  | { readonly kind: 'ready' }
  /** A program to run in a container, by the container's id. */
  | {
      readonly kind: 'execute'
      readonly id: number
      readonly container: string
      readonly execution: Execution
    }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: PlainError }

/** An error as data. `exitCode` shows its kind (harness/system/errors.ts). */
export interface PlainError {
  readonly message: string
  readonly exitCode?: number
  readonly stack?: string
}

export function toPlain(thrown: unknown): PlainError {
  const error = shortageOf(thrown) ?? thrown
  if (!(error instanceof Error)) return { message: String(error) }
  const exitCode = 'exitCode' in error ? Number(error.exitCode) : undefined
  return {
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(exitCode === undefined ? {} : { exitCode }),
  }
}

export function fromPlain({ message, exitCode, stack }: PlainError): Error {
  if (exitCode === 2) return new InputError(message)
  if (exitCode === 3) return new EnvironmentError(message)
  return new Error(message, { cause: stack })
}

export type Answer =
  | { readonly ok: true; readonly executed: Executed }
  | { readonly ok: false; readonly error: PlainError }
