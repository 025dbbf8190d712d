/** The names that an egress policy may use as ends: its hosts, and the zones that every one has. */
import type { Path, YamlDocument } from '../../input/document.ts'
import { lazily, type Problem } from '../../input/problem.ts'
import { quoted } from '../../input/quoted.ts'
import type { Partly } from '../../input/schema-cut.ts'
import { suggestion } from '../../input/suggestion.ts'
import { namesOrNothing, writtenUnder } from '../../input/written.ts'
import { problemsOfHosts } from '../host-read.ts'
import { INTERNET, PROJECT } from '../policy.ts'
import { type PolicyFile, policySchema } from './schema.ts'

const KEYS = Object.keys(policySchema.shape)
const ZONES = new Set([PROJECT, INTERNET])

/** Undefined if the file does not show its hosts. Then no name is reported as unknown. */
export function hostNames(document: YamlDocument): readonly string[] | undefined {
  const written = writtenUnder(document.value, 'hosts', KEYS)
  return written === undefined ? [] : namesOrNothing(written)
}

/** Accepts a file of which only a part has the right types. Errors of hosts, and unknown names in lines. */
export function problemsOfEnds(data: Partly<PolicyFile>, document: YamlDocument): Problem[] {
  const hosts = data?.hosts
  return [
    ...problemsOfHosts(hosts, ZONES, { document, networks: true }),
    ...Object.entries(hosts ?? {}).flatMap(([name, host]) =>
      host?.zone === PROJECT ? [ofProject(document.place(['hosts', name, 'zone']), name)] : [],
    ),
    ...unknownTargets(data, document),
  ]
}

const ofProject = (at: Problem['at'], name: string): Problem => ({
  at,
  message: `host ${quoted(name)}: zone "project": a host of an egress policy is on the Internet: write "zone: internet", and grant single projects their ports by requests`,
})

const SECTIONS = ['tcp', 'udp', 'icmp', 'protocols'] as const
const LISTS = ['allow', 'deny', 'restrict'] as const

function unknownTargets(data: Partly<PolicyFile>, document: YamlDocument): Problem[] {
  const hosts = hostNames(document)
  if (!hosts) return []
  const known = [...hosts, INTERNET]
  return SECTIONS.flatMap((section) =>
    LISTS.flatMap((list) =>
      (data?.[section]?.[list] ?? []).flatMap((line, i) =>
        unknownIn(line?.to, [section, list, i, 'to'], { known, document }),
      ),
    ),
  )
}

interface Known {
  readonly known: readonly string[]
  readonly document: YamlDocument
}

function unknownIn(
  said: string | readonly (string | undefined)[] | undefined,
  path: Path,
  { known, document }: Known,
): Problem[] {
  const names = typeof said === 'string' ? [said] : (said ?? [])
  return names.flatMap((name, i) => {
    if (name === undefined || known.includes(name)) return []
    const at = document.place(typeof said === 'string' ? path : [...path, i])
    return [lazily(at, () => `to ${quoted(name)}: unknown host${suggestion(name, known)}`)]
  })
}
