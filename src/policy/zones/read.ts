/** Text of a policy file for zones → Policy, or all its errors. */

import { asList } from '../../input/as-list.ts'
import { parseYaml, type YamlDocument } from '../../input/document.ts'
import { inOrder, lazily, type Problem, type Reading } from '../../input/problem.ts'
import { check } from '../../input/schema-check.ts'
import { FAMILIES } from '../../net/protocol.ts'
import type { ExpectedBlocking } from '../expectation.ts'
import type { BlockingByProtocol, HostAddress, Policy, PolicyHost, Traffic } from '../policy.ts'
import { readHostAddress } from './addresses.ts'
import { problemsOfNames } from './check.ts'
import { lowerZones } from './lower.ts'
import { type WrittenNames, writtenNames } from './names.ts'
import { trafficSaid, type ZonePolicyFile, zonePolicySchema } from './schema.ts'
import { readTraffic } from './traffic.ts'
import { zoneWarnings } from './warnings.ts'
import type { Statement, ZonePolicy } from './zone-policy.ts'

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

type HostFile = NonNullable<ZonePolicyFile['hosts']>[string]
type StatementFile = ZonePolicyFile['statements'][number]
type BlockingWord = Exclude<NonNullable<ZonePolicyFile['otherwise']>, 'allow'>

/** The file must be valid. */
class Builder {
  readonly #document: YamlDocument

  constructor(document: YamlDocument) {
    this.#document = document
  }

  build(data: ZonePolicyFile, file: string): ZonePolicy {
    const word = data.otherwise ?? 'blocked'
    const by = blockingBy(word === 'allow' ? 'blocked' : word)
    const at = this.#document.keyPlace(['otherwise'])
    return {
      id: data.policy,
      title: data.title,
      ...(data.source === undefined ? {} : { source: data.source }),
      file,
      zones: data.zones,
      zonesAt: data.zones.map((_, i) => this.#document.place(['zones', i])),
      hosts: Object.entries(data.hosts ?? {}).map(([name, host]) => this.#host(name, host)),
      otherwise: {
        treatment: word === 'allow' ? 'allow' : 'deny',
        by,
        clause: { label: `otherwise ${word}`, at },
      },
      statements: data.statements.map((one, i) => this.#statement(one, by, i)),
    }
  }

  #host(name: string, { zone, addresses }: HostFile): PolicyHost {
    const path = ['hosts', name]
    return {
      name,
      zone,
      addresses: addresses.flatMap((text, i): HostAddress[] => {
        const reading = readHostAddress(text)
        const at = this.#document.place([...path, 'addresses', i])
        return reading.ok ? [{ ...reading.value, at }] : []
      }),
      at: this.#document.keyPlace(path),
    }
  }

  #statement(raw: StatementFile, otherwise: BlockingByProtocol, index: number): Statement {
    const treatment = raw.allow === undefined ? 'deny' : 'allow'
    const traffic = trafficSaid(raw)
    return {
      treatment,
      unlessAllowed: raw.unless !== undefined,
      by: raw.by === undefined ? otherwise : blockingBy(raw.by),
      from: asList(raw.from),
      to: asList(raw.to),
      families: FAMILIES.filter((family) => raw.families?.includes(`ipv${family}`) ?? true),
      traffic: trafficOf(traffic),
      clause: {
        label: `${treatment} ${raw.service ?? listText(traffic)}`,
        at: this.#document.place(['statements', index]),
      },
      ...(raw.reason === undefined ? {} : { reason: raw.reason }),
    }
  }
}

/** The schema has already read every value, so this reading succeeds. */
function trafficOf(value: unknown): readonly Traffic[] {
  const reading = readTraffic(value)
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}

const listText = (value: unknown): string =>
  (Array.isArray(value) ? value : [value]).join(', ').replaceAll(/(?<=\d)-(?=\d)/g, '–')

/**
 * The meaning of a word for each protocol. The kernel rejects TCP and UDP, few other protocols, and
 * no ICMP errors. So for the other protocols a reject word means only blocked. A reset answers TCP
 * alone.
 */
function blockingBy(word: BlockingWord): BlockingByProtocol {
  const all = (by: ExpectedBlocking): BlockingByProtocol => ({ tcp: by, udp: by, icmp: by, ip: by })
  switch (word) {
    case 'blocked':
      return all('any')
    case 'drop':
      return all('drop')
    case 'reject':
      return { ...all('any'), tcp: 'tcp-reset', udp: 'port-unreachable' }
    case 'tcp-reset':
      return { ...all('any'), tcp: 'tcp-reset' }
    case 'port-unreachable':
    case 'host-unreachable':
    case 'no-route':
    case 'admin-prohibited':
      return { ...all('any'), tcp: word, udp: word }
    default:
      throw new Error(`unknown way to block: ${word satisfies never}`)
  }
}
