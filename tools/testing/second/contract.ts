/** What the second opinion is asked and what it answers. */
import { setImmediate } from 'node:timers/promises'
import type { Family } from '../../../src/net/protocol.ts'

export interface Question {
  readonly ruleset: string
  readonly ports: readonly number[]
}

/** As an ordinary program experiences it: an echo came back, the connection was refused, or nothing happened. */
export type Experience = 'answered' | 'refused' | 'silence'

/**
 * Socket of the servers (unix(7): reachable from every network namespace). They
 * close a connection to it once they have handled all that had arrived by then.
 */
export const ALL_HANDLED = '/run/all-handled'

/** Experience for each port in the order asked, by `ipv4 tcp`. */
export type Opinion = Readonly<Record<string, readonly Experience[]>>

export const CLIENT: Readonly<Record<Family, string>> = { 4: '10.20.1.10', 6: '2001:db8:20:1::10' }
export const SERVER: Readonly<Record<Family, string>> = {
  4: '203.0.113.10',
  6: '2001:db8:ffff::10',
}

/** Resolves once this process has handled all that its sockets had received. */
export async function allHandled(): Promise<void> {
  // A turn of the event loop asks the kernel for a limited number of sockets.
  for (let turn = 0; turn < 10; turn++) await setImmediate()
}
