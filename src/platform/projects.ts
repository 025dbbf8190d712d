/** Projects and the Internet from files → zones, or their errors. */
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import type { Path, YamlDocument } from '../input/document.ts'
import { append, type Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import type { Partly } from '../input/schema-cut.ts'
import { FIREWALL } from '../lab/lab.ts'
import { linkNameProblem, linkNameRemedy } from '../lab/link-name.ts'
import type { Zone } from '../lab/zone.ts'
import type { ZoneAddress } from '../net/address.ts'
import { networkText, readAddress } from '../net/address.ts'
import { organizationId, projectId } from '../request/schema.ts'

/** Names that compiled rulesets can use without quoting. */
const PLAIN = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$/

const link = z
  .string()
  .superRefine((name, context) => {
    const problem =
      linkNameProblem(name) ??
      (PLAIN.test(name) ? undefined : 'must have only letters, digits, ".", "_" and "-"')
    if (problem !== undefined) {
      const message = `${JSON.stringify(name)}: ${problem}: ${linkNameRemedy(name)}`
      context.addIssue({ code: 'custom', message })
    }
  })
  .meta({ pattern: `^(?!(?:\\.{1,2}|lo|all|default)$)${PLAIN.source.slice(1)}` })
  .describe("Name of the firewall's interface; several projects may share it")
const addresses = z
  .array(z.string().describe('An address with its prefix length: 10.20.1.10/24'))
  .min(1)
  .max(2)
  .describe('At most one of each family; the firewall gets the first address of the prefix')

export const internetSchema = z.strictObject({ link, addresses })
const projectShape = {
  organization: organizationId
    .optional()
    .describe('The owner; requests of the project must name the same'),
  link,
  addresses,
}
export const projectsSchema = z.record(projectId, z.strictObject(projectShape))

/** One line of a projects file in JSON lines. */
export const projectLineSchema = z.strictObject({ project: projectId, ...projectShape })

export type ProjectsFile = z.infer<typeof projectsSchema>
export type InternetFile = z.infer<typeof internetSchema>

/** The addresses of the Internet host by default (RFC 5737, RFC 3849). */
const INTERNET: InternetFile = {
  link: 'wan0',
  addresses: ['203.0.113.10/24', '2001:db8:ffff::10/64'],
}

/** A zone of a file, before the zones are compared with each other. */
export interface WrittenZone {
  readonly name: string
  readonly kind: Zone['kind']
  /** Undefined if the file has an invalid value. */
  readonly link: string | undefined
  readonly organization?: string | undefined
  readonly addresses: readonly (string | undefined)[]
  /** A part of it has already been reported. */
  readonly isBroken?: boolean
  readonly document: YamlDocument
  /** The path of the zone in the document. */
  readonly path: Path
}

/** All zones that the file shows, even if only by name. */
export function writtenProjects(
  projects: Partly<ProjectsFile>,
  document: YamlDocument,
  path: Path,
): WrittenZone[] {
  return Object.entries(projects ?? {}).map(([name, zone]) => ({
    name,
    kind: 'project',
    ...writtenParts(zone),
    document,
    path: [...path, name],
  }))
}

/** The values of a zone's map, as far as they are valid. */
export function writtenParts(
  zone: Partly<ProjectsFile[string]>,
): Pick<WrittenZone, 'link' | 'organization' | 'addresses' | 'isBroken'> {
  const addresses = zone?.addresses ?? []
  const isWhole = zone?.link !== undefined && zone.addresses !== undefined
  const isRight = isWhole && !addresses.includes(undefined)
  return {
    link: zone?.link,
    organization: zone?.organization,
    addresses,
    ...(isRight && !('organization' in zone && zone.organization === undefined)
      ? {}
      : { isBroken: true }),
  }
}

export function writtenInternet(
  internet: Partly<InternetFile>,
  document: YamlDocument,
): WrittenZone {
  return {
    name: 'internet',
    kind: 'internet',
    ...writtenParts(internet ?? INTERNET),
    document,
    path: ['internet'],
  }
}

export interface ZonesReading {
  readonly zones: readonly Zone[]
  readonly problems: readonly Problem[]
}

/** All zones of a lab together. Names and addresses must be unique. */
export function readZones(written: readonly WrittenZone[]): ZonesReading {
  const problems: Problem[] = []
  const placed: Placed[] = []
  const zones = written.map((zone): Zone => {
    const own = addressesOf(zone, problems)
    append(placed, own)
    const { name, kind, link, organization } = zone
    return {
      name,
      kind,
      link: link ?? '',
      ...(organization === undefined ? {} : { organization }),
      // If one address is invalid, the families of the zone are unknown.
      addresses:
        own.length < zone.addresses.length || zone.isBroken
          ? []
          : own.map(({ address }) => address),
    }
  })
  append(problems, [...named(written), ...linked(written), ...overlapping(placed)])
  return { zones, problems }
}

/** An address and its source position. */
interface Placed {
  readonly address: ZoneAddress
  readonly zone: WrittenZone
  readonly index: number
}

const complaint = ({ document, path }: WrittenZone, more: Path, message: string): Problem => ({
  at: document.place([...path, ...more]),
  message,
})

function addressesOf(zone: WrittenZone, problems: Problem[]): Placed[] {
  const placed: Placed[] = []
  for (const [index, text] of zone.addresses.entries()) {
    if (text === undefined) continue
    const reading = readAddress(text, { prefix: 'required' })
    const said = `address ${quoted(text)}: `
    if (!reading.ok)
      problems.push(complaint(zone, ['addresses', index], `${said}${reading.message}`))
    else if (placed.some(({ address }) => address.family === reading.value.family))
      problems.push(
        complaint(
          zone,
          ['addresses', index],
          `${said}a second IPv${reading.value.family} address: a zone has at most one of each family`,
        ),
      )
    else placed.push({ address: reading.value, zone, index })
  }
  return placed
}

const RESERVED: readonly string[] = ['internet', FIREWALL]

function named(written: readonly WrittenZone[]): Problem[] {
  const taken = new Set<string>()
  return written.flatMap((zone) => {
    const { name, kind } = zone
    if (kind === 'project' && RESERVED.includes(name))
      return [complaint(zone, [], `project "${name}": the name is reserved: choose another one`)]
    if (taken.has(name))
      return [complaint(zone, [], `project "${name}" is listed twice: remove one entry`)]
    taken.add(name)
    return []
  })
}

/** Projects may share a link with each other, but not with the Internet. */
function linked(written: readonly WrittenZone[]): Problem[] {
  const outside = written.find(({ kind }) => kind === 'internet')
  return written.flatMap((zone) =>
    zone.kind === 'project' && zone.link !== undefined && zone.link === outside?.link
      ? [complaint(zone, ['link'], `link ${quoted(zone.link)} already belongs to internet`)]
      : [],
  )
}

/**
 * Two prefixes nest or are disjoint. So in sorted order, a prefix that overlaps any earlier one
 * overlaps the widest of these.
 */
function overlapping(placed: readonly Placed[]): Problem[] {
  const sorted = placed
    .map((p) => ({ ...p, ...boundsOf(p.address) }))
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.length - b.length))
  const problems: Problem[] = []
  let widest: (typeof sorted)[number] | undefined
  for (const next of sorted) {
    if (widest && next.first <= widest.last) problems.push(clash(next, widest))
    if (!widest || next.last > widest.last) widest = next
  }
  return problems
}

function boundsOf(address: ZoneAddress): { first: string; last: string; length: number } {
  const [first] = networkText(address).split('/')
  const hex = (bytes: readonly number[]): string =>
    address.family + bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const bytes = ipaddr.parse(first!).toByteArray()
  const { prefixLength } = address
  const last = bytes.map(
    (byte, i) => byte | (0xff >> Math.min(8, Math.max(0, prefixLength - i * 8))),
  )
  return { first: hex(bytes), last: hex(last), length: prefixLength }
}

/** Reported at the later one in the file. */
function clash(a: Placed, b: Placed): Problem {
  const [mine, other] = isBefore(a, b) ? [b, a] : [a, b]
  const { address, prefixLength } = mine.address
  const message =
    address === other.address.address
      ? `address "${address}" already belongs to ${other.zone.name}`
      : `prefix of "${address}/${prefixLength}" overlaps "${other.address.address}/${other.address.prefixLength}" of ${other.zone.name}`
  return complaint(mine.zone, ['addresses', mine.index], message)
}

function isBefore(a: Placed, b: Placed): boolean {
  if (a.zone.kind !== b.zone.kind) return a.zone.kind === 'project'
  const at = ({ zone, index }: Placed) => zone.document.place([...zone.path, 'addresses', index])
  const [x, y] = [at(a), at(b)]
  return x.line < y.line || (x.line === y.line && x.column < y.column)
}
