/** Errors of a zone policy that a schema cannot find: contradictory names and addresses. */

import type { Path, YamlDocument } from '../../input/document.ts'
import { append, lazily, type Problem } from '../../input/problem.ts'
import { quoted } from '../../input/quoted.ts'
import type { Partly } from '../../input/schema-cut.ts'
import { suggestion } from '../../input/suggestion.ts'
import { FIREWALL } from '../../lab/lab.ts'
import { FAMILIES } from '../../net/protocol.ts'
import { problemsOfHosts, RESERVED } from '../host-read.ts'
import { ANY } from '../policy.ts'
import { trafficSaid } from '../statement-schema.ts'
import { readTraffic } from '../traffic.ts'
import { type WrittenNames, writtenNames } from './names.ts'
import type { ZonePolicyFile } from './schema.ts'

type File = NonNullable<Partly<ZonePolicyFile>>
type StatementFile = NonNullable<File['statements']>[number]

/** Accepts a file of which only a part has the right types. */
export function problemsOfNames(
  data: Partly<ZonePolicyFile>,
  document: YamlDocument,
): readonly Problem[] {
  const checker = new Checker(document)
  if (data) checker.check(data)
  return checker.problems
}

class Checker {
  readonly problems: Problem[] = []
  readonly #document: YamlDocument
  readonly #names: WrittenNames
  readonly #zoneOf = new Map<string, string | undefined>()

  constructor(document: YamlDocument) {
    this.#document = document
    this.#names = writtenNames(document.value)
  }

  check({ zones, hosts, grants, statements }: File): void {
    this.#zones(zones ?? [])
    const reading = { document: this.#document, networks: false }
    append(this.problems, problemsOfHosts(hosts, this.#names.zones, reading))
    for (const [name, host] of Object.entries(hosts ?? {}))
      if (!this.#zoneOf.has(name)) this.#zoneOf.set(name, host?.zone)
    if (grants) this.#grants(grants)
    for (const [i, one] of (statements ?? []).entries()) if (one) this.#statement(one, i)
  }

  #complain(path: Path, message: () => string, key?: string): void {
    this.problems.push(lazily(this.#document.place(path), message, key))
  }

  #zones(zones: readonly (string | undefined)[]): void {
    const before = new Set<string>()
    for (const [i, zone] of zones.entries()) {
      if (zone === undefined) continue
      const why = RESERVED.get(zone)
      if (why) this.#complain(['zones', i], () => `zone ${quoted(zone)}: ${why}`)
      if (before.has(zone))
        this.#complain(['zones', i], () => `zone ${quoted(zone)} is listed twice: remove one entry`)
      before.add(zone)
      this.#zoneOf.set(zone, zone)
    }
  }

  /** They go from hosts to one other zone, as they go from projects to the Internet. */
  #grants({ from, to }: NonNullable<File['grants']>): void {
    const { zones } = this.#names
    if (to !== undefined && zones && !zones.has(to))
      this.#complain(
        ['grants', 'to'],
        () => `to ${quoted(to)}: grants lead to one zone${suggestion(to, [...zones])}`,
      )
    const names = this.#ends(from, ['grants', 'from'])
    const isOutside = (name: string): boolean =>
      name === FIREWALL || name === ANY || (to !== undefined && this.#zoneOf.get(name) === to)
    const wrong = names?.find(isOutside)
    if (wrong !== undefined)
      this.#complain(
        ['grants', 'from'],
        () => `from ${quoted(wrong)}: grants are for hosts of other zones than ${quoted(to)}`,
      )
  }

  #statement(raw: NonNullable<StatementFile>, index: number): void {
    const path = ['statements', index]
    const [from, to] = (['from', 'to'] as const).map((key) => this.#ends(raw[key], [...path, key]))
    if (from && to && this.#staysIn(from, to))
      this.#complain(
        path,
        () =>
          `from ${quotedList(from)} to ${quotedList(to)}: this traffic does not pass the firewall, because both are in one zone`,
      )
    if (!this.#hasFamily(raw))
      this.#complain(path, () => 'the ICMP types of this statement do not exist in its families')
  }

  /** Undefined if one of the names is unknown. */
  #ends(
    raw: string | readonly (string | undefined)[] | undefined,
    path: Path,
  ): readonly string[] | undefined {
    const names = typeof raw === 'string' ? [raw] : raw
    const known = this.#names.ends
    for (const [i, name] of (names ?? []).entries())
      if (name !== undefined && known && !known.has(name))
        this.#complain(
          typeof raw === 'string' ? path : [...path, i],
          () =>
            `${String(path.at(-1))} ${quoted(name)}: unknown zone or host${suggestion(name, [...known])}`,
          `unknown endpoint ${name}`,
        )
    const isKnown = names?.every((name) => name !== undefined && known?.has(name))
    return isKnown ? (names as readonly string[]) : undefined
  }

  /** Traffic within one zone does not pass the firewall. */
  #staysIn(from: readonly string[], to: readonly string[]): boolean {
    const zones = [...from, ...to].map((name) =>
      name === FIREWALL ? name : this.#zoneOf.get(name),
    )
    const [first] = zones
    return first !== undefined && zones.every((zone) => zone === first)
  }

  /** An invalid value has already been reported. */
  #hasFamily({ families, ...said }: NonNullable<StatementFile>): boolean {
    const traffic = trafficSaid(said)
    if (traffic === undefined) return true
    const reading = readTraffic(traffic)
    const asked = FAMILIES.filter((family) => families?.includes(`ipv${family}`) ?? true)
    return (
      !reading.ok ||
      reading.value.some(({ family }) => family === undefined || asked.includes(family))
    )
  }
}

/** At most this many names are listed in one message. */
const LISTED = 8

const quotedList = (names: readonly string[]): string =>
  names.length > LISTED ? `${names.slice(0, LISTED).join(', ')} …` : names.join(', ')
