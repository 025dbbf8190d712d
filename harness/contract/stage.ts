/**
 * Names the stages of a run for subscribers of this channel (node:diagnostics_channel). Tests stop
 * a run at a stage, so the next step does not depend on the machine's speed. Without a subscriber,
 * nothing happens.
 */
import { channel } from 'node:diagnostics_channel'
import type { LabCalls } from './lab.ts'

export const STAGES = 'nftproof:stage'

/** Stages of each process and thread. */
export type Stage =
  // The command.
  | 'sandbox spawned'
  | 'sandbox ready'
  | 'signals handled'
  | 'result half written'
  | 'result written'
  // The sandbox's first process.
  | 'sandbox entered'
  // Threads that hold labs.
  | 'namespace made'
  | 'attempt done'
  | 'attempt done in an existing namespace'
  | `${LabCall} asked`
  | `${LabCall} answered`

type LabCall = keyof LabCalls | 'open' | 'close' | 'check'

const stages = channel(STAGES)

export function reached(stage: Stage): void {
  if (stages.hasSubscribers) stages.publish(stage)
}
