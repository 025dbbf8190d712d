/** Text of a scenario file → Scenario, or everything that is wrong with it. */
import { overlap, readAddress } from './addresses.ts'
import { FAMILIES, type Family, PROTOCOLS } from './flow.ts'
import { readPorts } from './policy/numbers.ts'
import { PortSet } from './ports.ts'
import type { Scenario, SweepPlan, Zone, ZoneAddress } from './scenario.ts'
import { type ScenarioFile, scenarioSchema } from './scenario-schema.ts'
import { type Path, parseYaml, type YamlDocument } from './yaml/document.ts'
import { problemsOf, suggestion } from './yaml/issues.ts'
import { inOrder, type Problem, type Reading } from './yaml/problem.ts'

/** Where the Internet is unless a scenario says otherwise (RFC 5737, RFC 3849). */
const INTERNET: ScenarioFile['internet'] = {
  link: 'wan0',
  addresses: ['203.0.113.10/24', '2001:db8:ffff::10/64'],
}

export interface ScenarioPlace {
  readonly id: string
  readonly file: string
  /** Turns a path in the file into one from where the program runs. */
  readonly resolve: (path: string) => string
}

export function readScenario(text: string, place: ScenarioPlace): Reading<Scenario> {
  const parsed = parseYaml(text, place.file)
  if (!parsed.ok) return parsed
  const { document } = parsed
  const checked = scenarioSchema.safeParse(document.value)
  if (!checked.success)
    return { ok: false, problems: problemsOf(checked.error.issues, document, scenarioSchema) }
  const builder = new Builder(document)
  const scenario = builder.build(checked.data, place)
  const { problems } = builder
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) }
  return { ok: true, value: scenario, warnings: [] }
}

class Builder {
  readonly problems: Problem[] = []
  readonly #document: YamlDocument

  constructor(document: YamlDocument) {
    this.#document = document
  }

  build(data: ScenarioFile, { id, file, resolve }: ScenarioPlace): Scenario {
    const zones = this.#zones(data)
    return {
      id,
      file,
      title: data.title,
      requirement: data.requirement,
      source: data.source,
      policyFile: resolve(data.policy),
      policyAt: this.#document.place(['policy']),
      zones,
      sweeps: data.sweeps.map((sweep, i) => this.#sweep(sweep, zones, ['sweeps', i])),
    }
  }

  #complain(path: Path, message: string): void {
    this.problems.push({ at: this.#document.place(path), message })
  }

  #zones({ projects, internet }: ScenarioFile): Zone[] {
    const zones = Object.entries(projects).map(([name, zone]): Zone => {
      if (name === 'internet')
        this.#complain(['projects', name], 'a project cannot be called "internet"')
      return {
        name,
        kind: 'project',
        link: zone.link,
        addresses: this.#addresses(zone.addresses, ['projects', name, 'addresses']),
      }
    })
    const outside = internet ?? INTERNET!
    zones.push({
      name: 'internet',
      kind: 'internet',
      link: outside.link,
      addresses: this.#addresses(outside.addresses, ['internet', 'addresses']),
    })
    this.#distinct(zones)
    return zones
  }

  #addresses(texts: readonly string[], path: Path): ZoneAddress[] {
    const addresses: ZoneAddress[] = []
    texts.forEach((text, i) => {
      const reading = readAddress(text, { prefix: 'required' })
      if (!reading.ok)
        this.#complain([...path, i], `address ${JSON.stringify(text)}: ${reading.message}`)
      else if (addresses.some((a) => a.family === reading.value.family))
        this.#complain(
          [...path, i],
          `address ${JSON.stringify(text)}: a second IPv${reading.value.family} address; one of each family is used`,
        )
      else addresses.push(reading.value)
    })
    return addresses
  }

  #distinct(zones: readonly Zone[]): void {
    zones.forEach((zone, i) => {
      const path = zone.kind === 'project' ? ['projects', zone.name] : ['internet']
      for (const other of zones.slice(0, i)) {
        if (zone.link === other.link)
          this.#complain(
            [...path, 'link'],
            `link ${JSON.stringify(zone.link)} is that of ${other.name} already`,
          )
        this.#distinctAddresses(zone, other, path)
      }
    })
  }

  #distinctAddresses(zone: Zone, other: Zone, path: Path): void {
    zone.addresses.forEach((a, i) => {
      const clash = other.addresses.find((b) => overlap(a, b))
      if (!clash) return
      const message =
        clash.address === a.address
          ? `address "${a.address}" is that of ${other.name} already`
          : `prefix of "${a.address}/${a.prefixLength}" overlaps that of ${other.name}, "${clash.address}/${clash.prefixLength}"`
      this.#complain([...path, 'addresses', i], message)
    })
  }

  #sweep(sweep: ScenarioFile['sweeps'][number], zones: readonly Zone[], path: Path): SweepPlan {
    const from = this.#zone(sweep.from, zones, [...path, 'from'])
    const to = this.#zone(sweep.to, zones, [...path, 'to'])
    if (from && from === to)
      this.#complain(
        [...path, 'to'],
        `to ${JSON.stringify(sweep.to)}: a sweep goes from one zone to another`,
      )
    const as = sweep.as === undefined ? undefined : this.#spoofed(sweep.as, zones, [...path, 'as'])
    if (as && from?.kind !== 'project')
      this.#complain([...path, 'as'], '"as" is for sweeps from a project')
    return {
      from: sweep.from,
      to: sweep.to,
      ...(as ? { as } : {}),
      protocols: PROTOCOLS.filter((p) => sweep.protocols?.includes(p) ?? true),
      families: this.#families(sweep.families, [from, to, as], path),
      ports: sweep.ports === undefined ? PortSet.all : portsOf(sweep.ports),
      answer: sweep.answer ?? 'reply',
      handshakes: sweep.handshakes ?? 'boundaries',
    }
  }

  #zone(name: string, zones: readonly Zone[], path: Path): Zone | undefined {
    const zone = zones.find((z) => z.name === name)
    const known = zones.map((z) => z.name)
    if (!zone)
      this.#complain(path, `unknown zone ${JSON.stringify(name)}${suggestion(name, known)}`)
    return zone
  }

  #spoofed(
    as: string | readonly string[],
    zones: readonly Zone[],
    path: Path,
  ): NonNullable<SweepPlan['as']> {
    if (typeof as === 'string') {
      const zone = this.#zone(as, zones, path)
      return { label: as, addresses: zone?.addresses ?? [] }
    }
    const addresses = as.flatMap((text, i) => {
      const reading = readAddress(text, { prefix: 'optional' })
      if (reading.ok) return [reading.value]
      this.#complain([...path, i], `address ${JSON.stringify(text)}: ${reading.message}`)
      return []
    })
    return { label: addresses.map((a) => a.address).join(', '), addresses }
  }

  /** Families that every end has, unless the file asks for one that an end lacks. */
  #families(
    asked: readonly ('ipv4' | 'ipv6')[] | undefined,
    ends: readonly ({ readonly addresses: readonly ZoneAddress[] } | undefined)[],
    path: Path,
  ): Family[] {
    const has = (family: Family): boolean =>
      ends.every((end) => end === undefined || end.addresses.some((a) => a.family === family))
    const wanted = FAMILIES.filter((f) => asked?.includes(`ipv${f}`) ?? true)
    for (const family of wanted)
      if (asked && !has(family))
        this.#complain([...path, 'families'], `families: one end has no IPv${family} address`)
    const families = wanted.filter(has)
    if (families.length === 0)
      this.#complain(path, 'the ends of this sweep have no family in common')
    return families
  }
}

function portsOf(value: unknown): PortSet {
  const reading = readPorts(value)
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}
