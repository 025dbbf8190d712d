/** A project's wish for more ports, what was decided on it, and the grant that it becomes. */
import type { SourcePosition } from '../input/position.ts'
import type { Day, Opening } from '../policy/grant.ts'

export type Decision =
  | { readonly status: 'pending' }
  | {
      readonly status: 'approved'
      readonly by: string
      readonly on: Day
      readonly reason: string
      /** Last day on which it holds. Absent: for good. */
      readonly until?: Day
    }
  | {
      readonly status: 'rejected'
      readonly by: string
      readonly on: Day
      readonly reason: string
    }

/** A modification request, as its file has it. */
export interface Request extends Opening {
  /** Lower-case letters, digits and hyphens; begins with a letter; at most 64. */
  readonly id: string
  readonly project: string
  readonly organization: string
  readonly useCase: string
  readonly requested: Day
  readonly decision: Decision
  readonly at: SourcePosition
  /** Where the parts stand that other files may contradict. */
  readonly places: Readonly<
    Record<'id' | 'project' | 'organization' | 'ports' | 'decision', SourcePosition>
  >
}
