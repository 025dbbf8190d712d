/** What an egress policy says of the firewall itself. */
import type { YamlDocument } from '../../input/document.ts'
import { lazily, type Problem } from '../../input/problem.ts'
import { quoted } from '../../input/quoted.ts'
import type { Partly } from '../../input/schema-cut.ts'
import { suggestion } from '../../input/suggestion.ts'
import { FIREWALL } from '../../lab/lab.ts'
import { INTERNET, PROJECT } from '../policy.ts'
import { otherwiseSaid, statementsSaid } from '../statement-read.ts'
import { hostNames } from './ends.ts'
import type { FirewallSection } from './policy.ts'
import type { PolicyFile } from './schema.ts'

export function firewallIn(
  { otherwise: word, statements = [] }: NonNullable<PolicyFile['firewall']>,
  document: YamlDocument,
): FirewallSection {
  const otherwise = otherwiseSaid(word, document.keyPlace(['firewall', 'otherwise']))
  const place = (i: number) => document.place(['firewall', 'statements', i])
  return { otherwise, statements: statementsSaid(statements, otherwise.by, place) }
}

const NAMES = [PROJECT, INTERNET, FIREWALL]

/** Accepts a file of which only a part has the right types. Statements that are not about the firewall, and names that are not of these zones. */
export function problemsOfFirewall(data: Partly<PolicyFile>, document: YamlDocument): Problem[] {
  const hosts = hostNames(document)
  const known = [...NAMES, ...(hosts ?? [])]
  return (data?.firewall?.statements ?? []).flatMap((one, i) => {
    const [from, to] = [namesIn(one?.from), namesIn(one?.to)]
    if (!from || !to) return []
    const at = document.place(['firewall', 'statements', i])
    const unknown = hosts && [...from, ...to].find((name) => !known.includes(name))
    if (unknown !== undefined)
      return [
        lazily(at, () => `unknown zone or host ${quoted(unknown)}${suggestion(unknown, known)}`),
      ]
    if (isFirewall(from) !== isFirewall(to) && ![from, to].some(isMixed)) return []
    return [
      {
        at,
        message: `a statement of "firewall" goes from "firewall" to "project", "internet" or hosts, or from these to "firewall"`,
      },
    ]
  })
}

/** Undefined if one of them is missing or invalid. */
function namesIn(said: string | readonly (string | undefined)[] | undefined) {
  const names = typeof said === 'string' ? [said] : (said ?? [])
  return names.length > 0 && names.every((name) => name !== undefined)
    ? (names as readonly string[])
    : undefined
}

const isFirewall = (names: readonly string[]): boolean => names.every((name) => name === FIREWALL)
const isMixed = (names: readonly string[]): boolean =>
  names.includes(FIREWALL) && !isFirewall(names)
