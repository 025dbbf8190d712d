/** A platform: one policy, its projects, and their requests. */
import type { SourcePosition } from '../input/position.ts'
import type { Zone } from '../lab/zone.ts'
import type { Request } from '../request/request.ts'

export interface Platform {
  /** Resolved path of the policy file. */
  readonly policyFile: string
  readonly policyAt: SourcePosition
  /** Projects in the order of the files, then `internet`. */
  readonly zones: readonly Zone[]
  readonly requests: readonly Request[]
}

export function projectsOf({ zones }: Pick<Platform, 'zones'>): Zone[] {
  return zones.filter(({ kind }) => kind === 'project')
}

/** The organization of each project. */
export function organizationsOf(
  platform: Pick<Platform, 'zones'>,
): Map<string, string | undefined> {
  return new Map(projectsOf(platform).map(({ name, organization }) => [name, organization]))
}
