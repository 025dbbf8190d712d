/** A platform: one policy, its projects, and their requests. */
import type { SourcePosition } from '../input/position.ts'
import type { Zone } from '../lab/zone.ts'
import type { Grant } from '../policy/grant.ts'
import type { Request } from '../request/request.ts'

export interface Platform {
  /** Resolved path of the policy file. */
  readonly policyFile: string
  readonly policyAt: SourcePosition
  /** Projects in the order of the files, then `internet`. */
  readonly zones: readonly Zone[]
  readonly requests: readonly Request[]
  /** Of a policy for zones: its lab file has the links, and the projects are its hosts. */
  readonly lab?: { readonly file: string; readonly at: SourcePosition }
}

export function projectsOf({ zones }: Pick<Platform, 'zones'>): Zone[] {
  return zones.filter(({ kind }) => kind === 'project')
}

/**
 * The grants to compile for. Undefined without any request, whatever its state: such a ruleset need not
 * take grants.
 */
export function grantsToCompile(
  { requests }: Pick<Platform, 'requests'>,
  grants: readonly Grant[],
): readonly Grant[] | undefined {
  return requests.length === 0 ? undefined : grants
}

/** The organization of each project. */
export function organizationsOf(
  platform: Pick<Platform, 'zones'>,
): Map<string, string | undefined> {
  return new Map(projectsOf(platform).map(({ name, organization }) => [name, organization]))
}
