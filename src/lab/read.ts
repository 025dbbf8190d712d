/** Text of a lab file → LabPlan, or all its errors. */

import { parseYaml, type YamlDocument } from '../input/document.ts'
import { inOrder, type Reading } from '../input/problem.ts'
import { check } from '../input/schema-check.ts'
import type { Partly } from '../input/schema-cut.ts'
import type { ZoneAddress } from '../net/address.ts'
import { freePrefix, hostIn } from '../net/free-prefix.ts'
import { prefixIn } from '../net/prefix.ts'
import { problemsOfLab } from './check.ts'
import type { LabPlan, LabZone } from './lab.ts'
import { type LabFile, labSchema } from './schema.ts'
import { type ReadZone, type WrittenLabZone, ZoneReader } from './zone-read.ts'

export function readLab(file: string, text: string): Reading<LabPlan> {
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return parsed
  const { document } = parsed
  const checked = check(document, labSchema)
  if (checked.ok) return buildLab(checked.data, document)
  const { problems } = readParts(checked.data, document)
  return { ok: false, problems: inOrder([...checked.problems, ...problems]) }
}

/** The zones are under the key `zones`; other keys are allowed. */
export function buildLab(data: LabFile, document: YamlDocument): Reading<LabPlan> {
  const { zones, sysctls, problems } = readParts(data, document)
  if (problems.length > 0) return { ok: false, problems: inOrder(problems) }
  const plan = { zones: withHosts(zones), forwarding: data.forwarding ?? true, sysctls }
  return { ok: true, value: plan, warnings: [] }
}

/** Accepts a lab with missing parts. */
export function readParts(data: Partly<LabFile>, document: YamlDocument) {
  const reader = new ZoneReader(document)
  const zones = Object.entries(data?.zones ?? {}).flatMap(([name, zone]) =>
    zone === undefined ? [] : [reader.read(name, zone ?? {})],
  )
  const sysctls = Object.fromEntries(
    Object.entries(data?.sysctls ?? {}).map(([name, value]) => [name, valueText(value)]),
  )
  return {
    zones,
    sysctls,
    problems: [...reader.problems, ...problemsOfLab(zones, sysctls, document)],
  }
}

const valueText = (value: string | number | boolean | undefined): string =>
  typeof value === 'boolean' ? (value ? '1' : '0') : String(value)

/** Zones without addresses get free ones. */
function withHosts(zones: readonly ReadZone[]): LabZone[] {
  const taken = zones
    .flatMap(({ zone }) => [
      ...[...zone.addresses, ...(zone.own ?? [])].map(({ address, prefixLength }) =>
        prefixIn(`${address}/${prefixLength}`),
      ),
      ...(zone.routes ?? []).map(prefixIn),
    ])
    .filter((prefix) => prefix !== undefined)
  return zones.map(({ zone, written }) => {
    if (!needsHost(written)) return zone
    const addresses = ([4, 6] as const).map((family): ZoneAddress => {
      const prefix = freePrefix(family, zone.isDefault ?? false, taken)
      if (!prefix)
        throw new RangeError(
          `zone ${zone.name}: no free IPv${family} prefix is left: give it addresses`,
        )
      taken.push(prefix)
      return hostIn(prefix)
    })
    return { ...zone, addresses }
  })
}

/** Not for zones with own addresses of the firewall: these have no other host. */
const needsHost = ({ addresses, own, kind }: WrittenLabZone): boolean =>
  addresses === undefined && own === undefined && kind !== 'none'
