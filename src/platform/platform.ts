/** A platform: one policy, the projects that it binds, and what these have asked for. */
import type { SourcePosition } from '../input/position.ts'
import type { Zone } from '../lab/zone.ts'
import type { Request } from '../request/request.ts'

export interface Platform {
  /** Path of the policy file, resolved. */
  readonly policyFile: string
  readonly policyAt: SourcePosition
  /** Projects in the files' order, then `internet`. */
  readonly zones: readonly Zone[]
  readonly requests: readonly Request[]
}

export function projectsOf({ zones }: Pick<Platform, 'zones'>): Zone[] {
  return zones.filter(({ kind }) => kind === 'project')
}

/** Which organization each project belongs to. */
export function organizationsOf(
  platform: Pick<Platform, 'zones'>,
): Map<string, string | undefined> {
  return new Map(projectsOf(platform).map(({ name, organization }) => [name, organization]))
}
