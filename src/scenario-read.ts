/** Text of a scenario file → Scenario, or everything that is wrong with it. */
import { overlap, readAddress } from './addresses.ts'
import { containerOf } from './firewall/container-schema.ts'
import { FAMILIES, type Family, PROTOCOLS } from './flow.ts'
import { generated } from './generated.ts'
import type { Platform } from './platform.ts'
import { buildPlatform, type PlatformPlace } from './platform-read.ts'
import { readPorts } from './policy/numbers.ts'
import { PortSet } from './ports.ts'
import {
  EVERY_PROJECT,
  type Scenario,
  type SweepPlan,
  type Zone,
  type ZoneAddress,
} from './scenario.ts'
import { type ScenarioFile, scenarioSchema } from './scenario-schema.ts'
import { acceptedIn } from './untested-schema.ts'
import { type Path, parseYaml, type YamlDocument } from './yaml/document.ts'
import { problemsOf, suggestion } from './yaml/issues.ts'
import { inOrder, type Problem, type Reading } from './yaml/problem.ts'

export interface ScenarioPlace extends PlatformPlace {
  readonly id: string
  /** Reads a platform's file, by its path in the scenario's. */
  readonly platform: (path: string) => Reading<Platform>
}

export function readScenario(text: string, place: ScenarioPlace): Reading<Scenario> {
  const parsed = parseYaml(text, place.file)
  if (!parsed.ok) return parsed
  const { document } = parsed
  if (isPolicy(document.value))
    return {
      ok: false,
      problems: [
        {
          at: document.keyPlace(['policy']),
          message: 'this is a policy, not a scenario; policies lie in a folder called "policies"',
        },
      ],
    }
  const checked = scenarioSchema.safeParse(document.value)
  if (!checked.success)
    return { ok: false, problems: problemsOf(checked.error.issues, document, scenarioSchema) }
  const platform = platformOf(checked.data, document, place)
  // What its sweeps speak of is not known then.
  if (!platform.ok && platform.problems.some(({ at }) => at.file !== place.file)) return platform
  const builder = new Builder(document)
  const known = platform.ok ? platform.value : unread(checked.data, document)
  const scenario = builder.build(checked.data, known, place)
  const problems = [...(platform.ok ? [] : platform.problems), ...builder.problems]
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) }
  return { ok: true, value: scenario, warnings: platform.ok ? platform.warnings : [] }
}

/** Only policies have a direction, or statements. */
function isPolicy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('policy' in value)) return false
  return 'direction' in value || 'statements' in value
}

function platformOf(
  data: ScenarioFile,
  document: YamlDocument,
  place: ScenarioPlace,
): Reading<Platform> {
  if (data.platform !== undefined) {
    const reading = place.platform(data.platform)
    return reading.ok ? reading : { ok: false, problems: reading.problems }
  }
  const { policy, projects, internet, requests, generate } = data
  if (generate === undefined)
    return buildPlatform(
      { policy: policy!, projects: projects!, internet, requests },
      document,
      place,
    )
  const made = generated(generate, document.place(['generate']))
  const named = { policy: policy!, projects: made.projects, internet }
  const reading = buildPlatform(named, document, place)
  return reading.ok ? { ...reading, value: { ...reading.value, requests: made.requests } } : reading
}

/** Zones by name only, so that a faulty address does not make its zone unknown too. */
function unread({ projects }: ScenarioFile, document: YamlDocument): Platform {
  const names = typeof projects === 'object' ? Object.keys(projects) : []
  const zone = (name: string, kind: Zone['kind']): Zone => ({ name, kind, link: '', addresses: [] })
  return {
    policyFile: '',
    policyAt: document.place([]),
    zones: [...names.map((name) => zone(name, 'project')), zone('internet', 'internet')],
    requests: [],
  }
}

class Builder {
  readonly problems: Problem[] = []
  readonly #document: YamlDocument

  constructor(document: YamlDocument) {
    this.#document = document
  }

  build(data: ScenarioFile, platform: Platform, { id, file, resolve }: ScenarioPlace): Scenario {
    const { zones, requests } = platform
    const known = requests.map((request) => request.id)
    for (const [i, request] of (data.revoke ?? []).entries())
      if (!known.includes(request))
        this.#complain(
          ['revoke', i],
          `unknown request ${JSON.stringify(request)}${suggestion(request, known)}`,
        )
    return {
      ...platform,
      id,
      file,
      title: data.title,
      requirement: data.requirement,
      source: data.source,
      ...(data.at === undefined ? {} : { at: data.at }),
      ...(data.firewall ? { container: containerOf(data.firewall, resolve) } : {}),
      sweeps: data.sweeps.map((sweep, i) => this.#sweep(sweep, zones, ['sweeps', i])),
      revoke: data.revoke ?? [],
      ...acceptedIn(data.untested, this.#document),
    }
  }

  #complain(path: Path, message: string): void {
    this.problems.push({ at: this.#document.place(path), message })
  }

  #sweep(sweep: ScenarioFile['sweeps'][number], zones: readonly Zone[], path: Path): SweepPlan {
    const every = sweep.from === EVERY_PROJECT
    const senders = every
      ? zones.filter(({ kind }) => kind === 'project')
      : [this.#zone(sweep.from, zones, [...path, 'from'])]
    const to = this.#zone(sweep.to, zones, [...path, 'to'])
    if (to && senders.includes(to))
      this.#complain(
        [...path, 'to'],
        `to ${JSON.stringify(sweep.to)}: a sweep goes from one zone to another`,
      )
    const as = sweep.as === undefined ? undefined : this.#spoofed(sweep.as, zones, [...path, 'as'])
    if (as && (every || senders.some((zone) => zone?.kind === 'internet')))
      this.#complain([...path, 'as'], '"as" is for sweeps from one project')
    const towards = sweep.towards && this.#towards(sweep.towards, to, zones, [...path, 'towards'])
    return {
      from: sweep.from,
      to: sweep.to,
      ...(as ? { as } : {}),
      ...(towards ? { towards } : {}),
      protocols: PROTOCOLS.filter((p) => sweep.protocols?.includes(p) ?? true),
      families: this.#families(sweep.families, { senders, ends: [to, as, towards] }, path),
      ports: sweep.ports === undefined ? PortSet.all : portsOf(sweep.ports),
      ...this.#stated(sweep, path),
      answer: sweep.answer ?? 'reply',
      handshakes: sweep.handshakes ?? 'boundaries',
    }
  }

  #stated(
    { open, blocked }: ScenarioFile['sweeps'][number],
    path: Path,
  ): Pick<SweepPlan, 'states'> {
    if (!open && !blocked) return {}
    const portsIn = (ports: typeof open) => ({
      tcp: ports?.tcp === undefined ? PortSet.empty : portsOf(ports.tcp),
      udp: ports?.udp === undefined ? PortSet.empty : portsOf(ports.udp),
    })
    const key = open ? 'open' : 'blocked'
    const states = {
      at: this.#document.place([...path, key]),
      open: portsIn(open),
      blocked: portsIn(blocked),
    }
    for (const protocol of ['tcp', 'udp'] as const) {
      const both = states.open[protocol].intersect(states.blocked[protocol])
      if (!both.isEmpty)
        this.#complain(
          [...path, 'blocked'],
          `blocked: ${protocol} ${both} is said to be open as well`,
        )
    }
    return { states }
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
    if (typeof as !== 'string') return this.#labelled(as, path)
    const zone = this.#zone(as, zones, path)
    return { label: as, addresses: zone?.addresses ?? [] }
  }

  #labelled(texts: readonly string[], path: Path): NonNullable<SweepPlan['as']> {
    const addresses = texts.flatMap((text, i) => {
      const reading = readAddress(text, { prefix: 'optional' })
      if (reading.ok) return [reading.value]
      this.#complain([...path, i], `address ${JSON.stringify(text)}: ${reading.message}`)
      return []
    })
    return { label: addresses.map((a) => a.address).join(', '), addresses }
  }

  #towards(
    texts: readonly string[],
    to: Zone | undefined,
    zones: readonly Zone[],
    path: Path,
  ): NonNullable<SweepPlan['towards']> {
    const towards = this.#labelled(texts, path)
    if (to && to.kind !== 'internet')
      this.#complain(path, '"towards" is for sweeps to the internet')
    for (const address of towards.addresses) {
      const owner = zones.find(
        (zone) => zone.kind === 'project' && zone.addresses.some((own) => overlap(own, address)),
      )
      if (owner) this.#complain(path, `address "${address.address}" is in project ${owner.name}`)
    }
    return towards
  }

  /**
   * Families that every end has, and one of the senders at least, unless the
   * file asks for one that an end lacks.
   */
  #families(
    asked: readonly ('ipv4' | 'ipv6')[] | undefined,
    { senders, ends }: { readonly senders: readonly End[]; readonly ends: readonly End[] },
    path: Path,
  ): Family[] {
    const isOf = (end: End, family: Family): boolean =>
      end === undefined ||
      end.addresses.length === 0 ||
      end.addresses.some((a) => a.family === family)
    const has = (family: Family): boolean =>
      senders.some((end) => isOf(end, family)) && ends.every((end) => isOf(end, family))
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

type End = { readonly addresses: readonly ZoneAddress[] } | undefined

function portsOf(value: unknown): PortSet {
  const reading = readPorts(value)
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}
