/** The comment lines before a compiled table. */
import type { EgressPolicy } from '../policy/egress/policy.ts'
import { baseName } from './origin.ts'

/** What the table was made of and, if it applies to no project, how to add one. */
export function remarksOf(
  policy: Pick<EgressPolicy, 'title' | 'id' | 'file'>,
  howToFill: readonly string[],
): string[] {
  const made = `${policy.title} (${policy.id}), compiled by nftproof from ${baseName(policy.file)}`
  if (howToFill.length === 0) return [made]
  const start =
    'Applies to no project yet: name projects with nftproof compile --project, or add them:'
  return [made, start, ...howToFill.map((command) => `  ${command}`)]
}
