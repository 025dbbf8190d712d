/** Text of a policy file → Policy, or all its errors. */

import { asList } from '../../input/as-list.ts'
import { type Path, parseYaml, type YamlDocument } from '../../input/document.ts'
import { inOrder, type Reading } from '../../input/problem.ts'
import { check } from '../../input/schema-check.ts'
import { PortSet } from '../../net/port-set.ts'
import type { Family } from '../../net/protocol.ts'
import { lastNumber, type Protocol } from '../../net/protocol.ts'
import type { Blocking, Clause, Treatment } from '../clause.ts'
import { hostsIn } from '../host-read.ts'
import {
  type NumbersReading,
  readPorts,
  readProtocols,
  readTypes,
  singlePorts,
} from '../numbers.ts'
import { INTERNET, type Policy } from '../policy.ts'
import { problemsOfEnds } from './ends.ts'
import { firewallIn, problemsOfFirewall } from './firewall.ts'
import { lowerEgress } from './lower.ts'
import type { EgressPolicy, Section } from './policy.ts'
import { type PolicyFile, policySchema } from './schema.ts'
import { egressWarnings } from './warnings.ts'

export function readPolicy(text: string, file: string): Reading<Policy> {
  const reading = readWritten(text, file)
  return reading.ok ? { ...reading, value: lowerEgress(reading.value) } : reading
}

/** The policy as it is written, before it is lowered. */
export function readWritten(text: string, file: string): Reading<EgressPolicy> {
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return parsed
  const { document } = parsed
  const checked = check(document, policySchema)
  const wrong = [
    ...problemsOfEnds(checked.data, document),
    ...problemsOfFirewall(checked.data, document),
  ]
  if (!checked.ok || wrong.length > 0)
    return { ok: false, problems: inOrder([...checked.problems, ...wrong]) }
  const policy = build(checked.data, document, file)
  return { ok: true, value: policy, warnings: egressWarnings(policy) }
}

type BlockedWord = NonNullable<PolicyFile['tcp']['blocked']>

function build(data: PolicyFile, document: YamlDocument, file: string): EgressPolicy {
  const blocking = (word: BlockedWord | undefined, protocol: 'tcp' | 'other'): Blocking =>
    toBlocking(word ?? data.blocked, protocol)
  const reader = new Sections(document)
  return {
    id: data.policy,
    title: data.title,
    ...(data.source === undefined ? {} : { source: data.source }),
    file,
    direction: data.direction,
    hosts: hostsIn(data.hosts, { document, networks: true }),
    tcp: reader.ports('tcp', data.tcp, blocking(data.tcp.blocked, 'tcp')),
    udp: reader.ports('udp', data.udp, blocking(data.udp.blocked, 'other')),
    icmp: reader.types(data.icmp),
    protocols: reader.protocols(data.protocols),
    inbound: reader.inbound(data.inbound),
    ...(data.firewall ? { firewall: firewallIn(data.firewall, document) } : {}),
    grants: { revoked: data.grants?.revoked ?? 'keep', ...notesOf(data.grants ?? {}) },
  }
}

function toBlocking(word: BlockedWord, protocol: 'tcp' | 'other'): Blocking {
  if (word !== 'reject') return word
  return protocol === 'tcp' ? 'tcp-reset' : 'port-unreachable'
}

interface Notes {
  readonly service?: string | undefined
  readonly source?: string | undefined
  readonly reason?: string | undefined
}

interface Towards {
  readonly to?: string | readonly string[] | undefined
}

interface RawSection<C> {
  readonly allow?: readonly C[] | undefined
  readonly deny?: readonly (C & Unless)[] | undefined
  readonly restrict?: readonly C[] | undefined
  readonly otherwise: PolicyFile['tcp']['otherwise']
  readonly reason?: string | undefined
  readonly source?: string | undefined
}

interface Unless {
  readonly unless?: 'allowed' | undefined
}

/** `restrict` is the older word. */
const treatmentOf = (word: PolicyFile['tcp']['otherwise']): Treatment =>
  word === 'allow' ? 'allow' : 'deny'

/** Turns the lines of each section into clauses with their source positions. */
class Sections {
  readonly #document: YamlDocument

  constructor(document: YamlDocument) {
    this.#document = document
  }

  ports(
    name: 'tcp' | 'udp',
    raw: RawSection<Notes & Towards & { ports: unknown }>,
    blocked: Blocking,
  ): Section {
    return this.#section(name, raw, blocked, (clause, treatment, at) => {
      const numbers = value(readPorts(clause.ports))
      const singles = singlePorts(clause.ports)
      return [{ ...this.#clause(clause, { treatment, numbers, name, at }), singles }]
    })
  }

  types(raw: RawSection<Notes & Towards & { types: unknown }>): Section {
    return this.#section('icmp', raw, 'drop', (clause, treatment, at) => {
      const types = value(readTypes(clause.types))
      return ([4, 6] as const)
        .filter((family) => !types[family].isEmpty)
        .map((family) =>
          this.#clause(clause, { treatment, numbers: types[family], name: 'icmp', family, at }),
        )
    })
  }

  // The kernel sends no reject for protocols whose checksum it cannot verify
  // (nf_reject_verify_csum), so a policy cannot promise one.
  protocols(raw: RawSection<Notes & Towards & { protocols: unknown }>): Section {
    return this.#section('protocols', raw, 'drop', (clause, treatment, at) => {
      const numbers = value(readProtocols(clause.protocols))
      return [this.#clause(clause, { treatment, numbers, name: 'protocol', at })]
    })
  }

  inbound(raw: RawSection<never>): Section {
    const { otherwise } = this.#section('inbound', raw, 'drop', () => [])
    const clause = { ...otherwise, numbers: PortSet.all, label: 'unsolicited inbound' }
    return { deny: [], allow: [], denyByDefault: [], otherwise: clause, blocked: 'drop' }
  }

  #section<C>(
    name: 'tcp' | 'udp' | 'icmp' | 'protocols' | 'inbound',
    raw: RawSection<C>,
    blocked: Blocking,
    read: (clause: C, treatment: Treatment, path: Path) => Clause[],
  ): Section {
    const lines = <L extends C>(key: 'allow' | 'deny' | 'restrict', list: readonly L[] = []) =>
      list.map((line, i) => ({ line, clauses: read(line, treatmentOf(key), [name, key, i]) }))
    const allow = lines('allow', raw.allow)
    const denied = lines('deny', raw.deny)
    const restricted = lines('restrict', raw.restrict)
    const all = (some: readonly { readonly clauses: readonly Clause[] }[]): Clause[] =>
      some.flatMap(({ clauses }) => clauses)
    return {
      deny: all(denied.filter(({ line }) => line.unless === undefined)),
      allow: all(allow),
      denyByDefault: all([
        ...denied.filter(({ line }) => line.unless !== undefined),
        ...restricted,
      ]),
      otherwise: this.#otherwise(name, raw),
      blocked,
    }
  }

  #otherwise(name: string, raw: RawSection<unknown>): Clause {
    const protocol: Protocol = name === 'tcp' || name === 'udp' ? name : 'ip'
    const treatment = treatmentOf(raw.otherwise)
    return {
      treatment,
      numbers: PortSet.of({ from: 0, to: lastNumber(protocol) }),
      label: `otherwise ${treatment}`,
      ...notesOf(raw),
      at: this.#document.keyPlace([name, 'otherwise']),
    }
  }

  #clause(
    notes: Notes & Towards,
    of: { treatment: Treatment; numbers: PortSet; name: string; family?: Family; at: Path },
  ): Clause {
    const { treatment, numbers, name, family, at } = of
    const said = notes.service ?? `${name} ${numbers.toString().replaceAll('-', '–')}`
    const to = hostsOf(notes.to)
    const what = to === undefined ? said : `${said} to ${to.join(', ')}`
    return {
      treatment,
      numbers,
      ...(family === undefined ? {} : { family }),
      ...(to === undefined ? {} : { to }),
      label: `${treatment} ${what}`,
      ...notesOf(notes),
      at: this.#document.place(at),
    }
  }
}

/** Absent: towards every address, which "internet" means too. */
function hostsOf(to: Towards['to']): readonly string[] | undefined {
  const names = to === undefined ? [] : asList(to)
  return names.length === 0 || names.includes(INTERNET) ? undefined : names
}

function notesOf({
  service,
  source,
  reason,
}: Notes): Pick<Clause, 'service' | 'source' | 'reason'> {
  return {
    ...(service === undefined ? {} : { service }),
    ...(source === undefined ? {} : { source }),
    ...(reason === undefined ? {} : { reason }),
  }
}

/** The schema has already read every value, so this reading succeeds. */
function value<T>(reading: NumbersReading<T>): T {
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}
