/** A ruleset that is given for scenarios of projects, and was written for other interfaces than theirs. */

import { parseYaml } from '../../src/input/document.ts'
import type { Problem } from '../../src/input/problem.ts'
import { listText, strangersTo } from '../../src/scenario/named-links.ts'
import { readText } from '../system/text-file.ts'
import type { Loaded } from './load.ts'

/**
 * A project that a ruleset forgets is a fault of the ruleset, and measured. Where
 * none of a scenario's interfaces is named, nothing that is measured is meant.
 */
export function problemsOfRuleset(
  loaded: readonly Loaded[],
  { origin, text }: { readonly origin: string; readonly text: string },
): Problem[] {
  return loaded.flatMap(({ scenario: { zones, file } }) => {
    const links = [...new Set(zones.map(({ link }) => link))]
    const named = strangersTo(links, { kind: 'nft', file: origin, text })
    if (!named) return []
    const message = `${origin} names none of the interfaces of this scenario, ${listText(links)}, but ${listText(named)}: say by "link" which of these each project has`
    return [{ at: placeOfProjects(file), message }]
  })
}

function placeOfProjects(file: string): Problem['at'] {
  const parsed = parseYaml(readText(file, 'scenario'), file)
  if (!parsed.ok) return { file, line: 1, column: 1 }
  const { value, keyPlace } = parsed.document
  const keys = ['projects', 'platform', 'generate'] as const
  return keyPlace([keys.find((key) => Object.hasOwn(Object(value), key)) ?? 'title'])
}
