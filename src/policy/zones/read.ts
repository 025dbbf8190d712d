/** Text of a policy file for zones → Policy, or all its errors. */

import { asList } from '../../input/as-list.ts'
import { parseYaml, type YamlDocument } from '../../input/document.ts'
import { inOrder, lazily, type Problem, type Reading } from '../../input/problem.ts'
import { check } from '../../input/schema-check.ts'
import { hostsIn } from '../host-read.ts'
import type { GrantTerms, Policy } from '../policy.ts'
import { otherwiseSaid, statementsSaid } from '../statement-read.ts'
import { problemsOfNames } from './check.ts'
import { lowerZones } from './lower.ts'
import { type WrittenNames, writtenNames } from './names.ts'
import { type ZonePolicyFile, zonePolicySchema } from './schema.ts'
import { zoneWarnings } from './warnings.ts'
import type { ZonePolicy } from './zone-policy.ts'

/** Only zone policies have statements. */
export function isZonePolicy(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'statements' in value
}

export type ZonePolicyReading = Reading<Policy> & { readonly names: WrittenNames }

export function readZonePolicy(text: string, file: string): ZonePolicyReading {
  const reading = readWritten(text, file)
  return reading.ok ? { ...reading, value: lowerZones(reading.value) } : reading
}

/** The policy as it is written, before it is lowered. */
export function readWritten(
  text: string,
  file: string,
): Reading<ZonePolicy> & { readonly names: WrittenNames } {
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return { ...parsed, names: writtenNames(undefined) }
  const { document } = parsed
  const checked = check(document, zonePolicySchema)
  const names = writtenNames(document.value)
  const wrong = problemsOfNames(checked.data, document)
  if (!checked.ok || wrong.length > 0)
    return { ok: false, problems: inOrder([...checked.problems.map(withHint), ...wrong]), names }
  const value = new Builder(document).build(checked.data, file)
  return { ok: true, value, warnings: zoneWarnings(value), names }
}

/** Within braces, a comma ends the value in YAML. */
function withHint(problem: Problem): Problem {
  return lazily(problem.at, () => {
    const { message } = problem
    if (!/^unknown key "\d[\d-]*"/.test(message)) return message
    return `${message.replace(/ — .*$/, '')}: within braces a comma ends the value: write "tcp/80,443" with quotes, or [tcp/80, tcp/443]`
  })
}

function termsOf(
  { from, to, revoked = 'keep', source, reason }: NonNullable<ZonePolicyFile['grants']>,
  zones: readonly string[],
): GrantTerms {
  return {
    ...{ revoked, to: [to] },
    from: from === undefined ? zones.filter((zone) => zone !== to) : asList(from),
    ...(source === undefined ? {} : { source }),
    ...(reason === undefined ? {} : { reason }),
  }
}

/** The file must be valid. */
class Builder {
  readonly #document: YamlDocument

  constructor(document: YamlDocument) {
    this.#document = document
  }

  build(data: ZonePolicyFile, file: string): ZonePolicy {
    const otherwise = otherwiseSaid(data.otherwise, this.#document.keyPlace(['otherwise']))
    return {
      id: data.policy,
      title: data.title,
      ...(data.source === undefined ? {} : { source: data.source }),
      file,
      zones: data.zones,
      zonesAt: data.zones.map((_, i) => this.#document.place(['zones', i])),
      hosts: hostsIn(data.hosts, { document: this.#document, networks: false }),
      otherwise,
      ...(data.grants ? { grants: termsOf(data.grants, data.zones) } : {}),
      statements: statementsSaid(data.statements, otherwise.by, (i) =>
        this.#document.place(['statements', i]),
      ),
    }
  }
}
