/** The requests of a scenario whose grants are revoked while their flows are established. */
import type { YamlDocument } from '../input/document.ts'
import { lazily, type Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import { suggestion } from '../input/suggestion.ts'

interface Known {
  readonly requests: readonly { readonly id: string | undefined }[]
  /** False if a file of requests could not be read: then no name is known to be wrong. */
  readonly hasAllRequests: boolean
}

export function unknownRequests(
  revoke: readonly (string | undefined)[],
  { requests, hasAllRequests }: Known,
  document: YamlDocument,
): Problem[] {
  const known = new Set(requests.flatMap(({ id }) => id ?? []))
  return revoke.flatMap((request, i) => {
    if (request === undefined || known.has(request) || !hasAllRequests) return []
    const at = document.place(['revoke', i])
    return [
      lazily(at, () => `unknown request ${quoted(request)}${suggestion(request, [...known])}`),
    ]
  })
}
