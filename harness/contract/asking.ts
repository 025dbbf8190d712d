/**
 * A thread of the sandbox runs a program in a container. Its code is synchronous, and it cannot
 * reach the engine. So it sends a request to the command, which runs the program, and waits for the
 * answer.
 */
import {
  MessageChannel,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
} from 'node:worker_threads'
import type { Executed, Execution } from './execution.ts'
import { type Answer, fromPlain } from './messages.ts'

/** Thread → the sandbox's first process. */
export interface Question {
  readonly kind: 'question'
  readonly container: string
  readonly execution: Execution
  readonly waiting: Waiting
}

/** The channel for the answer, and the signal that wakes the thread. */
export interface Waiting {
  readonly port: MessagePort
  readonly bell: Int32Array
}

/** Throws what the command's own attempt threw. */
export function ask(container: string, execution: Execution): Executed {
  const { port1, port2 } = new MessageChannel()
  const bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const question: Question = {
    kind: 'question',
    container,
    execution,
    waiting: { port: port2, bell },
  }
  parentPort!.postMessage(question, [port2])
  Atomics.wait(bell, 0, 0)
  const { message } = receiveMessageOnPort(port1) as { message: Answer }
  port1.close()
  if (!message.ok) throw fromPlain(message.error)
  return message.executed
}

/** The answer is in the port before the thread wakes. */
export function tell({ port, bell }: Waiting, answer: Answer): void {
  port.postMessage(answer)
  Atomics.store(bell, 0, 1)
  Atomics.notify(bell, 0)
}
