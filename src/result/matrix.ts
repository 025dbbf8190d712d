/** What a matrix learned, as data: the same scenarios in several places. */

import type { Range } from '../net/port-set.ts'
import type { Status, Versions } from './result.ts'

export interface MatrixTarget {
  readonly name: string
  readonly what: string
  /** Absent where nothing was run. */
  readonly versions?: Versions
  /** Why nothing was run. */
  readonly failure?: string
  readonly status: Status
}

/** What a scenario came to in one place. `absent`: it was not run there; `not measured`: it could not be. */
export interface MatrixCell {
  readonly target: string
  readonly status: Status | 'absent' | 'not measured'
  /** Numbers, exchanges and flows that are not as expected, or not known. */
  readonly wrong: number
}

export interface MatrixScenario {
  readonly id: string
  readonly title: string
  readonly cells: readonly MatrixCell[]
}

/** Numbers of which not the same became in every place. */
export interface Difference extends Range {
  readonly scenario: string
  /** `shop → internet · IPv4 · TCP`, `exchange shop → internet …`. */
  readonly path: string
  /** What was seen in each place, by the order of the places. */
  readonly seen: readonly Seen[]
}

export interface Seen {
  readonly targets: readonly string[]
  readonly words: string
}

export interface Matrix {
  readonly format: 'nftproof-matrix'
  readonly version: 1
  /** `unknown`: no difference is known, and not everything was measured in every place. */
  readonly status: 'same' | 'different' | 'unknown'
  readonly targets: readonly MatrixTarget[]
  readonly scenarios: readonly MatrixScenario[]
  readonly differences: readonly Difference[]
  /** Why not everything could be compared, in words. */
  readonly problems: readonly string[]
}
