/** The part of a run that all its scenarios share. */

import type { Labs } from '../sandbox/pool.ts'
import type { Limit } from '../system/limit.ts'
import type { RunEvent, RunOptions } from './contract.ts'

/** The data that every part of a run needs. */
export interface RunContext {
  readonly options: RunOptions
  readonly onEvent: (event: RunEvent) => void
  readonly sandbox: Labs
  readonly limit: Limit
}
