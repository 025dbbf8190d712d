/** Reads a declaration of changes and compares it with the observed ones. */

import type { SourceLine } from '../firewall/firewall.ts'
import { parseYaml, type YamlDocument } from '../input/document.ts'
import { inOrder, type Problem, type Reading } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import { check } from '../input/schema-check.ts'
import type { Partly } from '../input/schema-cut.ts'
import { type Prefix, readAnyPrefix } from '../net/address.ts'
import { PortSet, PortsError } from '../net/port-set.ts'
import { FAMILIES, type Family, lastNumber, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { type DeltaFile, deltaSchema, KINDS } from '../result/delta-schema.ts'
import type { ChangeKind } from '../result/diff.ts'

/** One kind of change for numbers of one protocol. Absent lists: every zone, every address. */
export interface Declared {
  readonly kind: Exclude<ChangeKind, 'unknown'>
  readonly protocol: Protocol
  readonly numbers: PortSet
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly families: readonly Family[]
  readonly source?: readonly Prefix[]
  readonly target?: readonly Prefix[]
  readonly at: SourceLine
}

export type Delta = readonly Declared[]

/** The name of a zone, with its source position. */
export interface ZoneName {
  readonly name: string
  readonly at: SourceLine
}

/** `names` are the zone names, also if the file has errors. */
export type DeltaReading = Reading<Delta> & { readonly names: readonly ZoneName[] }

export function readDelta(text: string, file: string): DeltaReading {
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return { ...parsed, names: [] }
  const { document } = parsed
  const checked = check(document, deltaSchema)
  const problems: Problem[] = [...checked.problems]
  const value = (checked.data?.changes ?? []).flatMap((entry, i) =>
    entry ? readEntry(entry, new EntryReader(document, i, problems)) : [],
  )
  const names = namesIn(checked.data, document)
  if (problems.length > 0) return { ok: false, problems: inOrder(problems), names }
  return { ok: true, value, warnings: [], names }
}

function namesIn(data: Partly<DeltaFile>, document: YamlDocument): ZoneName[] {
  return (data?.changes ?? []).flatMap((entry, k) =>
    (['from', 'to'] as const).flatMap((key) =>
      entriesOf(entry?.[key] ?? []).map(([name, i]) => {
        const path = ['changes', k, key, ...(i === undefined ? [] : [i])]
        return { name, at: document.place(path) }
      }),
    ),
  )
}

type Entry = NonNullable<Partly<DeltaFile['changes'][number]>>

function readEntry(entry: Entry, reader: EntryReader): Declared[] {
  const families = familiesOf(entry.families)
  const zones = {
    ...(entry.from === undefined ? {} : { from: listOf(entry.from) }),
    ...(entry.to === undefined ? {} : { to: listOf(entry.to) }),
    ...(entry.source === undefined ? {} : { source: reader.prefixes('source', entry.source) }),
    ...(entry.target === undefined ? {} : { target: reader.prefixes('target', entry.target) }),
  }
  return KINDS.flatMap((kind) => {
    const flows = entry[kind]
    if (flows === undefined) return []
    return entriesOf(flows).flatMap(([text, i]) => {
      const flow = reader.flow(kind, text, i)
      return flow ? [{ kind, ...flow, ...zones, families }] : []
    })
  })
}

const familiesOf = (names: Entry['families']): readonly Family[] =>
  names?.map((name): Family => (name === 'ipv4' ? 4 : 6)) ?? FAMILIES

type Texts = string | readonly (string | undefined)[]

/** Each text with its index, if it is in a list. */
function entriesOf(value: Texts): readonly (readonly [string, number | undefined])[] {
  if (typeof value === 'string') return [[value, undefined]]
  return value.flatMap((text, i) => (text === undefined ? [] : [[text, i] as const]))
}

/** Without values that are not text, which are already reported. */
const listOf = (value: Texts): readonly string[] =>
  typeof value === 'string' ? [value] : value.filter((one) => one !== undefined)

/** Reads the texts of one entry, with their positions and errors. */
class EntryReader {
  readonly #document: YamlDocument
  readonly #path: readonly PropertyKey[]
  readonly #problems: Problem[]

  constructor(document: YamlDocument, entry: number, problems: Problem[]) {
    this.#document = document
    this.#path = ['changes', entry]
    this.#problems = problems
  }

  flow(key: string, text: string, i?: number) {
    const at = this.#document.place([...this.#path, key, ...(i === undefined ? [] : [i])])
    const [name, ports, ...more] = text.split('/')
    const protocol = PROTOCOLS.find((known) => known === name)
    if (!protocol || more.length > 0)
      return this.#refuse(at, `${key} ${quoted(text)}: must be like tcp/8080, udp/53 or icmp/8`)
    const all = PortSet.of({ from: 0, to: lastNumber(protocol) })
    try {
      const numbers = ports === undefined ? all : PortSet.parse(ports)
      const beyond = numbers.subtract(all)
      if (beyond.isEmpty) return { protocol, numbers, at }
      return this.#refuse(
        at,
        `${key} ${quoted(text)}: ${beyond} is above ${lastNumber(protocol)}, the last number`,
      )
    } catch (error) {
      if (error instanceof PortsError) return this.#refuse(at, `${key} ${error.message}`)
      throw error
    }
  }

  prefixes(key: 'source' | 'target', value: Texts): Prefix[] {
    return entriesOf(value).flatMap(([text, i]) => {
      const reading = readAnyPrefix(text)
      if (reading.ok) return [reading.value]
      const at = this.#document.place([...this.#path, key, ...(i === undefined ? [] : [i])])
      this.#refuse(at, `${key} ${quoted(text)}: ${reading.message}`)
      return []
    })
  }

  #refuse(at: Problem['at'], message: string): undefined {
    this.#problems.push({ at, message })
    return undefined
  }
}
