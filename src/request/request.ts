/** A project's request for more ports, the decision on it, and the grant that it becomes. */
import type { SourcePosition } from '../input/position.ts'
import type { Day, Opening } from '../policy/grant.ts'

export type Decision =
  | { readonly status: 'pending' }
  | {
      readonly status: 'approved'
      readonly by: string
      readonly on: Day
      readonly reason: string
      /** Last day on which the approval is in force. Absent: no end. */
      readonly until?: Day
    }
  | {
      readonly status: 'rejected'
      readonly by: string
      readonly on: Day
      readonly reason: string
    }

/** A modification request, as in its file. */
export interface Request extends Opening {
  /** Begins with a letter; at most 64 lower-case letters, digits and hyphens. */
  readonly id: string
  readonly project: string
  readonly organization: string
  readonly useCase: string
  readonly requested: Day
  readonly decision: Decision
  readonly at: SourcePosition
  /** Positions of the keys that may contradict other files. */
  readonly places: Readonly<
    Record<'id' | 'project' | 'organization' | 'ports' | 'decision', SourcePosition>
  >
}
