/** Finds a given ruleset that was written for other interfaces than those of the projects. */

import { parseYaml } from '../../src/input/document.ts'
import type { Problem } from '../../src/input/problem.ts'
import { listText, strangersTo } from '../../src/scenario/named-links.ts'
import { readText } from '../system/text-file.ts'
import type { Loaded } from './load.ts'

/**
 * A ruleset that omits one project is wrong, and the measurement shows it. A ruleset that names
 * none of the interfaces is for another firewall.
 */
export function problemsOfRuleset(
  loaded: readonly Loaded[],
  { origin, text }: { readonly origin: string; readonly text: string },
): Problem[] {
  return loaded.flatMap(({ scenario: { zones, file } }) => {
    const links = [...new Set(zones.map(({ link }) => link))]
    const named = strangersTo(links, { kind: 'nft', file: origin, text })
    if (!named) return []
    const message = `${origin} names ${listText(named)} and none of this scenario's interfaces, ${listText(links)}: set "link" of each project to its interface`
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
