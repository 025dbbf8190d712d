/** What the second opinion is asked and what it answers. */
import type { Family } from '../../../src/flow.ts'

export interface Question {
  readonly ruleset: string
  readonly ports: readonly number[]
}

/** As an ordinary program experiences it: an echo came back, the connection was refused, or nothing happened. */
export type Experience = 'answered' | 'refused' | 'silence'

/** Experience for each port in the order asked, by `ipv4 tcp`. */
export type Opinion = Readonly<Record<string, readonly Experience[]>>

export const CLIENT: Readonly<Record<Family, string>> = { 4: '10.20.1.10', 6: '2001:db8:20:1::10' }
export const SERVER: Readonly<Record<Family, string>> = {
  4: '203.0.113.10',
  6: '2001:db8:ffff::10',
}
