/** A declared change: reading it, and holding what changed against it. */
import { type Prefix, readAnyPrefix } from '../addresses.ts'
import type { Place } from '../firewall/firewall.ts'
import { FAMILIES, type Family, lastNumber, PROTOCOLS, type Protocol } from '../flow.ts'
import { PortSet, PortsError } from '../ports.ts'
import { parseYaml, type YamlDocument } from '../yaml/document.ts'
import { problemsOf } from '../yaml/issues.ts'
import { inOrder, type Problem, type Reading } from '../yaml/problem.ts'
import type { ChangeKind } from './change.ts'
import { type DeltaFile, deltaSchema, KINDS } from './delta-schema.ts'

/** One kind of change of one protocol's numbers. Absent lists: every zone, every address. */
export interface Declared {
  readonly kind: Exclude<ChangeKind, 'unknown'>
  readonly protocol: Protocol
  readonly numbers: PortSet
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly families: readonly Family[]
  readonly source?: readonly Prefix[]
  readonly target?: readonly Prefix[]
  readonly at: Place
}

export type Delta = readonly Declared[]

export function readDelta(text: string, file: string): Reading<Delta> {
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return parsed
  const { document } = parsed
  const checked = deltaSchema.safeParse(document.value)
  if (!checked.success)
    return { ok: false, problems: problemsOf(checked.error.issues, document, deltaSchema) }
  const problems: Problem[] = []
  const value = checked.data.changes.flatMap((entry, i) =>
    readEntry(entry, new EntryReader(document, i, problems)),
  )
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) }
  return { ok: true, value, warnings: [] }
}

type Entry = DeltaFile['changes'][number]

function readEntry(entry: Entry, reader: EntryReader): Declared[] {
  const families = entry.families?.map((name): Family => (name === 'ipv4' ? 4 : 6)) ?? FAMILIES
  const zones = {
    ...(entry.from === undefined ? {} : { from: listOf(entry.from) }),
    ...(entry.to === undefined ? {} : { to: listOf(entry.to) }),
    ...(entry.source === undefined ? {} : { source: reader.prefixes('source', entry.source) }),
    ...(entry.target === undefined ? {} : { target: reader.prefixes('target', entry.target) }),
  }
  return KINDS.flatMap((kind) => {
    const flows = entry[kind]
    if (flows === undefined) return []
    return listOf(flows).flatMap((text, i) => {
      const flow = reader.flow(kind, text, Array.isArray(flows) ? i : undefined)
      return flow ? [{ kind, ...flow, ...zones, families }] : []
    })
  })
}

const listOf = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value

/** Reads the texts of one entry, and remembers where each stands and what is wrong with it. */
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
      return this.#refuse(
        at,
        `${key} ${JSON.stringify(text)}: must be like tcp/8080, udp/53 or icmp/8`,
      )
    const all = PortSet.of({ from: 0, to: lastNumber(protocol) })
    try {
      const numbers = ports === undefined ? all : PortSet.parse(ports)
      const beyond = numbers.subtract(all)
      if (beyond.isEmpty) return { protocol, numbers, at }
      return this.#refuse(
        at,
        `${key} ${JSON.stringify(text)}: ${beyond} is above ${lastNumber(protocol)}`,
      )
    } catch (error) {
      if (error instanceof PortsError) return this.#refuse(at, `${key} ${error.message}`)
      throw error
    }
  }

  prefixes(key: 'source' | 'target', value: string | readonly string[]): Prefix[] {
    return listOf(value).flatMap((text, i) => {
      const reading = readAnyPrefix(text)
      if (reading.ok) return [reading.value]
      const at = this.#document.place([...this.#path, key, ...(Array.isArray(value) ? [i] : [])])
      this.#refuse(at, `${key} ${JSON.stringify(text)}: ${reading.message}`)
      return []
    })
  }

  #refuse(at: Problem['at'], message: string): undefined {
    this.#problems.push({ at, message })
    return undefined
  }
}
