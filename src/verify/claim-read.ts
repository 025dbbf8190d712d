/** Text of a scenario about a given firewall → Claim, or everything that is wrong with it. */
import { containerOf } from '../firewall/container-schema.ts'
import { FAMILIES, PROTOCOLS } from '../flow.ts'
import { buildLab } from '../lab/read.ts'
import type { LabFile } from '../lab/schema.ts'
import { readPorts } from '../policy/numbers.ts'
import type { PortSet } from '../ports.ts'
import { acceptedIn } from '../untested-schema.ts'
import { parseYaml, type YamlDocument } from '../yaml/document.ts'
import { problemsOf } from '../yaml/issues.ts'
import type { Reading } from '../yaml/problem.ts'
import type { Claim, ClaimedLab, ClaimedSweep } from './claim.ts'
import { type ClaimFile, claimSchema } from './claim-schema.ts'

export interface ClaimPlace {
  readonly id: string
  readonly file: string
  readonly resolve: (path: string) => string
  /** The same for what may have a kind or a revision before its path. */
  readonly resolveFirewall: (argument: string) => string
}

/** Only scenarios about given firewalls name one, and no projects for which it would be compiled. */
export function isClaim(text: string, file: string): boolean {
  const parsed = parseYaml(text, file)
  const value = parsed.ok ? parsed.document.value : undefined
  if (typeof value !== 'object' || value === null || !('firewall' in value)) return false
  return !['projects', 'platform', 'generate'].some((key) => key in value)
}

export function readClaim(text: string, place: ClaimPlace): Reading<Claim> {
  const parsed = parseYaml(text, place.file)
  if (!parsed.ok) return parsed
  const { document } = parsed
  const checked = claimSchema.safeParse(document.value)
  if (!checked.success)
    return { ok: false, problems: problemsOf(checked.error.issues, document, claimSchema) }
  const { data } = checked
  const lab = labOf(data, document, place)
  if (!lab.ok) return lab
  const claim: Claim = {
    id: place.id,
    title: data.title,
    requirement: data.requirement,
    source: data.source,
    file: place.file,
    ...testedOf(data, place),
    firewallAt: document.place(['firewall']),
    lab: lab.value,
    policyFile: place.resolve(data.policy),
    policyAt: document.place(['policy']),
    sweeps: (data.sweeps ?? []).map((sweep, i) => sweepOf(sweep, document, i)),
    ...acceptedIn(data.untested, document),
  }
  return { ok: true, value: claim, warnings: [] }
}

function testedOf(
  { firewall }: ClaimFile,
  { resolve, resolveFirewall }: ClaimPlace,
): Pick<Claim, 'firewall' | 'container'> {
  if (typeof firewall === 'string') return { firewall: resolveFirewall(firewall) }
  const { ruleset } = firewall
  return {
    container: containerOf(firewall, resolve),
    ...(ruleset === undefined ? {} : { firewall: resolveFirewall(ruleset) }),
  }
}

function labOf(
  { lab, zones, forwarding, sysctls }: ClaimFile,
  document: YamlDocument,
  { resolve }: ClaimPlace,
): Reading<ClaimedLab> {
  const found = (value: ClaimedLab): Reading<ClaimedLab> => ({ ok: true, value, warnings: [] })
  if (lab !== undefined)
    return found({ kind: 'file', file: resolve(lab), at: document.place(['lab']) })
  if (zones === undefined) return found({ kind: 'inferred' })
  const links = Object.entries(zones).flatMap(([zone, link]) =>
    typeof link === 'string' ? [{ zone, link, at: document.place(['zones', zone]) }] : [],
  )
  if (links.length > 0) return found({ kind: 'named', links })
  const given = { zones: zones as LabFile['zones'], forwarding, sysctls }
  const reading = buildLab(given, document)
  return reading.ok ? found({ kind: 'given', plan: reading.value }) : reading
}

type SweepFile = NonNullable<ClaimFile['sweeps']>[number]

function sweepOf(sweep: SweepFile, document: YamlDocument, index: number): ClaimedSweep {
  const path = ['sweeps', index]
  const names = (['from', 'to'] as const).flatMap((key) =>
    listOf(sweep[key] ?? []).map((name, i) => ({
      name,
      at: document.place([...path, key, ...(typeof sweep[key] === 'string' ? [] : [i])]),
    })),
  )
  return {
    ...(sweep.from === undefined ? {} : { from: listOf(sweep.from) }),
    ...(sweep.to === undefined ? {} : { to: listOf(sweep.to) }),
    ...(sweep.protocols
      ? { protocols: PROTOCOLS.filter((p) => sweep.protocols!.includes(p)) }
      : {}),
    ...(sweep.families
      ? { families: FAMILIES.filter((family) => sweep.families!.includes(`ipv${family}`)) }
      : {}),
    ...(sweep.ports === undefined ? {} : { ports: portsOf(sweep.ports) }),
    names,
  }
}

const listOf = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value

function portsOf(value: unknown): PortSet {
  const reading = readPorts(value)
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}
