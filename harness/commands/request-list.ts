/** The handler of `nftproof request list`. */

import { problemsText } from '../../src/input/problem.ts'
import { PortSet } from '../../src/net/port-set.ts'
import { organizationsOf } from '../../src/platform/platform.ts'
import type { Day } from '../../src/policy/grant.ts'
import { renderRequests } from '../../src/report/request-list.ts'
import { grantsOf } from '../../src/request/grants.ts'
import { type Listed, listRequests } from '../../src/request/state.ts'
import { openPlatform, today } from '../input/load.ts'
import { needPlatform, rootOfFound } from '../input/request-file.ts'
import { say, sayJson, styleOf, warn } from '../output/console.ts'
import { EXIT } from '../system/errors.ts'
import { shown } from '../system/text-file.ts'

export interface ListFlags {
  readonly platform?: string
  readonly at?: Day
  readonly reporter?: 'terminal' | 'json'
}

export function listCommand(flags: ListFlags): number {
  const file = needPlatform(flags.platform, '.')
  const { platform, policy } = openPlatform(file, rootOfFound(flags.platform, file))
  const at = flags.at ?? today()
  const organizations = organizationsOf(platform)
  const { problems } = grantsOf(platform.requests, { policy, organizations, at })
  if (problems.length > 0) for (const line of problemsText(problems).split('\n')) warn(line)
  const listed = listRequests(platform.requests, at)
  if (flags.reporter === 'json') sayJson(jsonOf(listed))
  else say(renderRequests(listed, { at, platform: shown(file), style: styleOf(process.stdout) }))
  return EXIT.conforms
}

function jsonOf(listed: readonly Listed[]): string {
  const flat = listed.map(({ request, state }) => {
    const { places: _, at, ...own } = request
    return { ...own, state, file: at.file }
  })
  return JSON.stringify(flat, (_, value) => (value instanceof PortSet ? value.ranges : value), 1)
}
