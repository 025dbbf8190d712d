/** Text of a scenario about a given firewall → FirewallScenario, or all its errors. */

import { containerOf } from '../firewall/container-schema.ts'
import { asList } from '../input/as-list.ts'
import { parseYaml, type YamlDocument } from '../input/document.ts'
import type { SourcePosition } from '../input/position.ts'
import { inOrder, type Reading } from '../input/problem.ts'
import { check } from '../input/schema-check.ts'
import type { Partly } from '../input/schema-cut.ts'
import { writtenUnder } from '../input/written.ts'
import { buildLab, readParts } from '../lab/read.ts'
import type { LabFile } from '../lab/schema.ts'
import type { PortSet } from '../net/port-set.ts'
import { FAMILIES, PROTOCOLS } from '../net/protocol.ts'
import { includedRequests, type PlatformSource } from '../platform/read.ts'
import { readPorts } from '../policy/numbers.ts'
import { type NamedRequest, type RequestReading, together } from '../request/read.ts'
import type { Request } from '../request/request.ts'
import type { FirewallScenario, ScenarioLab, ScenarioSweep } from './firewall-scenario.ts'
import { type FirewallScenarioFile, firewallScenarioSchema } from './firewall-schema.ts'
import type { ZoneLink } from './lab-hints.ts'
import { unknownRequests } from './revoked.ts'
import { scenarioSchema } from './schema.ts'
import { acceptedIn } from './untested-schema.ts'

export interface FirewallScenarioSource {
  readonly id: string
  readonly file: string
  /** `at`: the position of the path in the file. */
  readonly resolve: (path: string, at: SourcePosition) => string
  /** The same for a path with a kind or a revision before it. */
  readonly resolveFirewall: (argument: string) => string
  /** As for platforms. */
  readonly include: PlatformSource['include']
}

const KEYS = [...Object.keys(firewallScenarioSchema.shape), ...Object.keys(scenarioSchema.shape)]

/** Only scenarios about given firewalls name a firewall without projects. */
export function isFirewallScenario(text: string, file: string): boolean {
  const parsed = parseYaml(text, file)
  const value = parsed.ok ? parsed.document.value : undefined
  const has = (key: string): boolean => writtenUnder(value, key, KEYS) !== undefined
  return has('firewall') && !['projects', 'platform', 'generate'].some(has)
}

/** The valid parts of a scenario, even if others have errors. */
export interface KnownFirewallScenario {
  readonly file: string
  readonly firewall?: string | undefined
  readonly firewallAt: SourcePosition
  /** The container sets its own rules. */
  readonly isContainer: boolean
  readonly lab: ScenarioLab | undefined
  readonly policy: Pick<FirewallScenario, 'policyFile' | 'policyAt'> | undefined
  /** The endpoints that its sweeps name. */
  readonly names: ScenarioSweep['names']
  readonly requests: readonly NamedRequest[]
}

export type FirewallScenarioReading = Reading<FirewallScenario> & {
  readonly known: KnownFirewallScenario | undefined
}

export function readFirewallScenario(
  text: string,
  place: FirewallScenarioSource,
): FirewallScenarioReading {
  const parsed = parseYaml(text, place.file)
  if (!parsed.ok) return { ...parsed, known: undefined }
  const { document } = parsed
  const checked = check(document, firewallScenarioSchema)
  const lab = labOf(checked.data ?? {}, checked.ok, { document, place })
  const requests = requestsOf(checked.data?.requests ?? [], { document, place })
  const known = {
    ...knownOf(checked.data ?? {}, lab, { document, place }),
    requests: requests.named,
  }
  const wrong = [
    ...(lab.ok ? [] : lab.problems),
    ...(requests.ok ? [] : requests.problems),
    ...unknownRequests(
      checked.data?.revoke ?? [],
      { requests: requests.named, hasAllRequests: requests.ok },
      document,
    ),
  ]
  if (!checked.ok || !lab.ok || !requests.ok || wrong.length > 0)
    return { ok: false, problems: inOrder([...checked.problems, ...wrong]), known }
  const { data } = checked
  const value: FirewallScenario = {
    id: place.id,
    title: data.title,
    requirement: data.requirement,
    source: data.source,
    file: place.file,
    ...testedOf(data, known.firewallAt, place),
    firewallAt: known.firewallAt,
    ...environmentOf(data, document),
    lab: lab.value,
    policyFile: place.resolve(data.policy, document.place(['policy'])),
    policyAt: document.place(['policy']),
    requests: requests.value,
    ...(data.at === undefined ? {} : { at: data.at }),
    revoke: data.revoke ?? [],
    sweeps: (data.sweeps ?? []).map((sweep, i) => sweepOf(sweep, document, i)),
    ...acceptedIn(data.untested, document),
  }
  return { ok: true, value, warnings: requests.warnings, known }
}

type Data = NonNullable<Partly<FirewallScenarioFile>>

interface Written {
  readonly document: YamlDocument
  readonly place: FirewallScenarioSource
}

function knownOf(
  { firewall, policy, sweeps }: Data,
  lab: Reading<ScenarioLab>,
  { document, place }: Written,
): Omit<KnownFirewallScenario, 'requests'> {
  const loaded = typeof firewall === 'string' ? firewall : firewall?.ruleset
  return {
    file: place.file,
    ...(loaded === undefined ? {} : { firewall: place.resolveFirewall(loaded) }),
    firewallAt: document.place(['firewall']),
    isContainer: typeof firewall === 'object',
    lab: lab.ok ? lab.value : undefined,
    policy:
      policy === undefined
        ? undefined
        : {
            policyFile: place.resolve(policy, document.place(['policy'])),
            policyAt: document.place(['policy']),
          },
    names: (sweeps ?? []).flatMap((sweep, i) => (sweep ? namesOf(sweep, document, i) : [])),
  }
}

/** All files that it names, with all their errors. */
function requestsOf(
  paths: readonly (string | undefined)[],
  { document, place }: Written,
): RequestReading<readonly Request[]> {
  return together(
    paths.flatMap((path, i) =>
      path === undefined
        ? []
        : [includedRequests(path, document.place(['requests', i]), place.include)],
    ),
  )
}

function testedOf(
  { firewall }: FirewallScenarioFile,
  at: SourcePosition,
  { resolve, resolveFirewall }: FirewallScenarioSource,
): Pick<FirewallScenario, 'firewall' | 'container'> {
  if (typeof firewall === 'string') return { firewall: resolveFirewall(firewall) }
  const { ruleset } = firewall
  return {
    container: containerOf(firewall, (path) => resolve(path, at)),
    ...(ruleset === undefined ? {} : { firewall: resolveFirewall(ruleset) }),
  }
}

function environmentOf(
  { environment }: FirewallScenarioFile,
  document: YamlDocument,
): Pick<FirewallScenario, 'environment'> {
  if (environment === undefined) return {}
  const entries = Object.entries(environment).map(([name, value]) => [name, `${value}`])
  const variables = Object.fromEntries(entries) as Record<string, string>
  return { environment: { variables, at: document.place(['environment']) } }
}

function labOf(
  { lab, zones, forwarding, sysctls }: Data,
  isWhole: boolean,
  { document, place: { resolve } }: Written,
): Reading<ScenarioLab> {
  const found = (value: ScenarioLab): Reading<ScenarioLab> => ({ ok: true, value, warnings: [] })
  if (lab !== undefined) {
    const at = document.place(['lab'])
    return found({ kind: 'file', file: resolve(lab, at), at })
  }
  if (zones === undefined) return found({ kind: 'inferred' })
  const links = linksIn(zones, document)
  if (links) return found({ kind: 'named', links })
  // If one part is missing, the errors of the others are still reported.
  const given = { zones, forwarding, sysctls } as Partly<LabFile>
  if (!isWhole) return { ok: false, problems: readParts(given, document).problems }
  const reading = buildLab(given as LabFile, document)
  return reading.ok ? found({ kind: 'given', plan: reading.value }) : reading
}

/** If one zone is an interface name, all zones must be. */
function linksIn(
  zones: NonNullable<Data['zones']>,
  document: YamlDocument,
): ZoneLink[] | undefined {
  const entries = Object.entries(zones)
  if (!entries.some(([, value]) => typeof value === 'string')) return undefined
  return entries.flatMap(([zone, value]) => {
    if (typeof value === 'string')
      return [{ zone, link: value, at: document.place(['zones', zone]) }]
    const link = value?.link
    if (link === undefined) return []
    return [{ zone, link, at: document.place(['zones', zone, 'link']), isDeclared: true }]
  })
}

type SweepFile = NonNullable<FirewallScenarioFile['sweeps']>[number]

function sweepOf(sweep: SweepFile, document: YamlDocument, index: number): ScenarioSweep {
  return {
    ...(sweep.from === undefined ? {} : { from: asList(sweep.from) }),
    ...(sweep.to === undefined ? {} : { to: asList(sweep.to) }),
    ...(sweep.protocols
      ? { protocols: PROTOCOLS.filter((p) => sweep.protocols!.includes(p)) }
      : {}),
    ...(sweep.families
      ? { families: FAMILIES.filter((family) => sweep.families!.includes(`ipv${family}`)) }
      : {}),
    ...(sweep.ports === undefined ? {} : { ports: portsOf(sweep.ports) }),
    names: namesOf(sweep, document, index),
  }
}

function namesOf(
  sweep: Partly<Pick<SweepFile, 'from' | 'to'>>,
  document: YamlDocument,
  index: number,
): ScenarioSweep['names'] {
  return (['from', 'to'] as const).flatMap((key) => {
    const ends = sweep?.[key] ?? []
    const path = ['sweeps', index, key]
    if (typeof ends === 'string') return [{ name: ends, at: document.place(path) }]
    return ends.flatMap((name, i) =>
      name === undefined ? [] : [{ name, at: document.place([...path, i]) }],
    )
  })
}

function portsOf(value: unknown): PortSet {
  const reading = readPorts(value)
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}
