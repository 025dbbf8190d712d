/** Text of a scenario file → Scenario, or all its errors and those of the files that it names. */
import { containerOf } from '../firewall/container-schema.ts'
import { parseYaml, type YamlDocument } from '../input/document.ts'
import type { SourcePosition } from '../input/position.ts'
import { inOrder, type Problem, type Reading } from '../input/problem.ts'
import { check } from '../input/schema-check.ts'
import type { Partly } from '../input/schema-cut.ts'
import { writtenUnder } from '../input/written.ts'
import type { Platform } from '../platform/platform.ts'
import {
  buildPlatform,
  type KnownPlatform,
  NOTHING,
  type PlatformReading,
  type PlatformSource,
} from '../platform/read.ts'
import { generated } from '../platform/synthetic.ts'
import type { PolicyHost } from '../policy/policy.ts'
import { unknownRequests } from './revoked.ts'
import type { Scenario, SweepPlan } from './scenario.ts'
import { type ScenarioFile, scenarioSchema } from './schema.ts'
import { SweepReader } from './sweep-read.ts'
import { acceptedIn } from './untested-schema.ts'

export interface ScenarioSource extends PlatformSource {
  readonly id: string
  /**
   * Reads a platform file by its path in the scenario. Undefined if it is refused; the file reader
   * reports why.
   */
  readonly platform: (path: string, at: SourcePosition) => PlatformReading | undefined
  /** The hosts of the policy; undefined if it cannot be read. Absent: policies have none. */
  readonly hosts?: (policy: KnownPlatform['policy']) => readonly PolicyHost[] | undefined
}

/** If the reading fails, `known` has the valid parts. */
export type ScenarioReading = Reading<Scenario> & { readonly known: KnownPlatform }

export function readScenario(text: string, place: ScenarioSource): ScenarioReading {
  const parsed = parseYaml(text, place.file)
  if (!parsed.ok) return { ...parsed, known: NOTHING }
  const { document } = parsed
  if (isPolicy(document.value))
    return { ok: false, problems: [inAWrongFolder(document)], known: NOTHING }
  const checked = check(document, scenarioSchema)
  const platform = platformOf(checked.data, document, place)
  const { known } = platform
  const hosts = place.hosts ? place.hosts(known.policy) : []
  const reader = new SweepReader(document, known, hosts)
  const sweeps = (checked.data?.sweeps ?? []).map((sweep, i) => reader.read(sweep, i))
  const problems = [
    ...checked.problems,
    ...reader.problems,
    ...unknownRequests(checked.data?.revoke ?? [], known, document),
    ...(platform.ok ? [] : platform.problems),
  ]
  if (!checked.ok || !platform.ok || problems.length > 0)
    return { ok: false, problems: ownFirst(problems, place.file), known }
  const value = build(checked.data, { place, document, platform: platform.value, sweeps })
  return { ok: true, value, warnings: platform.warnings, known }
}

function ownFirst(problems: readonly Problem[], file: string): Problem[] {
  const isOwn = ({ at }: Problem): boolean => at.file === file
  return inOrder([...problems.filter(isOwn), ...problems.filter((one) => !isOwn(one))])
}

const inAWrongFolder = (document: YamlDocument): Problem => ({
  at: document.keyPlace(['policy']),
  message: 'this is a policy, not a scenario: move it into a folder named "policies"',
})

interface Parts {
  readonly place: ScenarioSource
  readonly document: YamlDocument
  readonly platform: Platform
  readonly sweeps: readonly (SweepPlan | undefined)[]
}

function build(data: ScenarioFile, { place, document, platform, sweeps }: Parts): Scenario {
  return {
    ...platform,
    id: place.id,
    file: place.file,
    title: data.title,
    requirement: data.requirement,
    source: data.source,
    ...(data.at === undefined ? {} : { at: data.at }),
    ...(data.firewall
      ? {
          container: containerOf(data.firewall, (path) =>
            place.resolve(path, document.place(['firewall'])),
          ),
          containerAt: document.place(['firewall']),
        }
      : {}),
    sweeps: sweeps.filter((sweep) => sweep !== undefined),
    revoke: data.revoke ?? [],
    ...acceptedIn(data.untested, document),
  }
}

/** Only policies have these keys: a direction, or statements. */
function isPolicy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('policy' in value)) return false
  return 'direction' in value || 'statements' in value
}

const KEYS = Object.keys(scenarioSchema.shape)

function platformOf(
  data: Partly<ScenarioFile>,
  document: YamlDocument,
  place: ScenarioSource,
): PlatformReading {
  if (data?.platform !== undefined)
    return withoutLab(
      place.platform(data.platform, document.place(['platform'])) ?? UNKNOWN,
      document.place(['platform']),
    )
  const generation = scenarioSchema.shape.generate.safeParse(data?.generate)
  if (generation.success && generation.data) {
    const made = generated(generation.data, document.place(['generate']))
    const named = { policy: data?.policy, projects: made.projects, internet: data?.internet }
    const reading = buildPlatform(named, document, place)
    const { requests } = made
    const known = { ...reading.known, requests }
    return reading.ok
      ? { ...reading, value: { ...reading.value, requests }, known }
      : { ...reading, known }
  }
  const reading = buildPlatform(data, document, place)
  const isMistyped =
    data?.requests === undefined && writtenUnder(document.value, 'requests', KEYS) !== undefined
  const isLacking = data?.projects === undefined || isMistyped
  return isLacking ? { ...reading, known: { ...reading.known, hasAllRequests: false } } : reading
}

/** Scenarios about policies for zones name a firewall. */
function withoutLab(reading: PlatformReading, at: SourcePosition): PlatformReading {
  if (!(reading.ok && reading.value.lab)) return reading
  const message =
    'this platform has a policy for zones: name the firewall, the policy and the requests in the scenario instead'
  return { ok: false, problems: [{ at, message }], known: { ...reading.known, policy: undefined } }
}

const UNKNOWN: PlatformReading = { ok: false, problems: [], known: NOTHING }
