/** The part of a run that all its scenarios share. */

import { createHash } from 'node:crypto'
import type { Labs } from '../sandbox/pool.ts'
import type { Limit } from '../system/limit.ts'
import type { RunEvent, RunOptions } from './contract.ts'

/** What every part of a run needs. */
export interface RunContext {
  readonly options: RunOptions
  readonly onEvent: (event: RunEvent) => void
  readonly sandbox: Labs
  readonly limit: Limit
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
