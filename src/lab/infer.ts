/**
 * The text of one or several firewalls → a lab in which their rules can match.
 * A ruleset does not say what is around it, so every choice is told. Nothing is
 * decided about packets here: whatever the lab is, the kernel judges in it.
 */

import type { ZoneAddress } from '../net/address.ts'
import { addressAt } from '../net/address.ts'
import { prefixText } from '../net/prefix.ts'
import type { InterfaceName } from '../nft/text/names.ts'
import {
  type Evidence,
  evidenceIn,
  type InferencePart,
  type InPart,
  type Located,
} from './evidence.ts'
import { type Settled, settle } from './infer-links.ts'
import { routesFor } from './infer-routes.ts'
import { FIREWALL, type LabPlan, type LabZone } from './lab.ts'
import { linkNameProblem } from './link-name.ts'
import { innermost, outermost, type Ranked, rank } from './outside.ts'

export type { InferencePart } from './evidence.ts'

export interface Inference {
  readonly plan: LabPlan
  /** Every choice, as a short sentence. */
  readonly reasons: readonly string[]
  /** Those of them that are about a zone besides the named ones. */
  readonly assumed: readonly string[]
  /** Interfaces that rules name and that no lab can have, with their places; they are not in the plan. */
  readonly refused: readonly string[]
}

/** Diff gives the parts of both firewalls, so that one lab has what either names. */
export function inferLab(parts: readonly InferencePart[]): Inference {
  const evidence = evidenceIn(parts)
  const all = namedIn(evidence)
  const refused = [...all.values()].flatMap(refusedIn)
  const named = new Map([...all].filter(([name]) => linkNameProblem(name) === undefined))
  const { links, added, reasons } = linksFor(named, evidence)
  const ranked = rank(links, evidence)
  const forwards = evidence.chains.some(({ hook, type }) => FORWARDING.has(hook) || type === 'nat')
  const sides = { outer: outermost(ranked).link, inner: innermost(ranked, forwards).link, added }
  const settled = settle(links, sides, evidence.claims)
  const { routes, reasons: toldRoutes } = routesFor(settled, sides, evidence.claims)
  const zoneNames = zoneNamesFor(links)
  const zones = settled.map((one): LabZone => {
    const { link, addresses, own } = one
    const behind = routes.get(link)
    return {
      name: zoneNames.get(link)!,
      link,
      ...(named.get(link)?.isBridge ? { linkKind: 'bridge' } : {}),
      addresses,
      ...(own.length === 0 ? {} : { own: withFirst(own, addresses) }),
      ...(behind ? { routes: behind } : {}),
      ...(link === sides.outer ? { isDefault: true } : {}),
    }
  })
  const lines = settled.map((one, i) =>
    zoneLine(zones[i]!, one, {
      named: named.get(one.link),
      outer: ranked.find(({ link }) => link === sides.outer && link === one.link),
      alone: links.length === 1,
    }),
  )
  const plan = { zones, forwarding: true, sysctls: {} }
  return {
    plan,
    assumed: added === undefined ? [] : reasons,
    reasons: [
      ...reasons,
      ...lines,
      ...settled.flatMap((one) => one.reasons),
      ...toldRoutes,
      'forwarding is on',
    ],
    refused,
  }
}

/** nft loads such a rule, and the packet that it asks for cannot be sent. */
function refusedIn({ name, pattern, place, line, part }: Named): string[] {
  const problem = linkNameProblem(name)
  if (problem === undefined) return []
  const column = (part.text.split('\n')[line - 1] ?? '').indexOf(pattern) + 1
  const at = column > 0 ? `${place}:${column}` : place
  return [
    `${at}: interface ${JSON.stringify(pattern)}: ${problem}. The rule is legal for nft, but no lab can have such an interface: name the interface that is meant, or leave it out by a lab file (--lab)`,
  ]
}

/** A family without an own address of the text's keeps the first of its prefix. */
function withFirst(own: readonly ZoneAddress[], addresses: readonly ZoneAddress[]): ZoneAddress[] {
  const missing = addresses.filter(({ family }) => !own.some((one) => one.family === family))
  return [...own, ...missing.map(firstOf)].toSorted((a, b) => a.family - b.family)
}

function firstOf(host: ZoneAddress): ZoneAddress {
  return { ...host, address: addressAt(host, 1n) }
}

type Named = InterfaceName & Located & InPart

function namedIn({ said }: Evidence): Map<string, Named> {
  const found = new Map<string, Named>()
  for (const { line, place, part, interfaces } of said)
    for (const { name, pattern, side } of interfaces) {
      const known = found.get(name) ?? { name, pattern, line, place, part, isBridge: false }
      found.set(name, { ...known, isBridge: known.isBridge || side === 'bridge' })
    }
  return found
}

const FORWARDING = new Set(['forward', 'prerouting', 'postrouting'])

interface Links {
  readonly links: readonly string[]
  readonly added?: string
  readonly reasons: readonly string[]
}

/** Besides those that are named: two where none is, else one for all that no rule names. */
function linksFor(named: ReadonlyMap<string, Named>, { chains }: Evidence): Links {
  const links = [...named.keys()]
  if (links.length === 0)
    return {
      links: ['outside', 'inside'],
      reasons: ['no interface is named: zones outside and inside'],
    }
  // Chains of a device see the packets of that device alone.
  const known = chains.length > 0
  if (known && chains.every(({ hook }) => ON_DEVICES.has(hook))) return { links, reasons: [] }
  const other = unnamed([...named.values()].map(({ pattern }) => pattern))
  if (other === undefined) return { links, reasons: [] }
  const told = `zone ${other} is added behind an interface that no rule names, because rules without an interface condition apply there too`
  return { links: [...links, other], added: other, reasons: [told] }
}

const ON_DEVICES = new Set(['ingress', 'egress'])

/** A name that no name or wildcard of the text matches; undefined where its wildcards match all that are tried. */
function unnamed(patterns: readonly string[]): string | undefined {
  const matches = (name: string): boolean =>
    patterns.some((p) => p === name || (/[*+]$/.test(p) && name.startsWith(p.slice(0, -1))))
  const letters = Array.from({ length: 26 }, (_, i) => `${String.fromCharCode(0x61 + i)}0`)
  return ['other', 'side', 'free', 'link', ...letters].find((name) => !matches(name))
}

/** Zones are called like their interfaces, as far as lab files take these names. */
function zoneNamesFor(links: readonly string[]): Map<string, string> {
  const taken = new Set<string>([FIREWALL])
  return new Map(
    links.map((link) => {
      const plain = link.replaceAll(/[^A-Za-z0-9_.@+-]/g, '-').replace(/^[^A-Za-z0-9]/, 'if$&')
      let name = plain
      for (let n = 2; taken.has(name); n++) name = `${plain}-${n}`
      taken.add(name)
      return [link, name]
    }),
  )
}

interface Known {
  readonly named: Named | undefined
  /** Of the outermost alone. */
  readonly outer: Ranked | undefined
  readonly alone: boolean
}

/** `eth0 → zone eth0, 203.0.113.0/24 and 2001:db8:1::/64, default route: rules masquerade there (rules.nft:31)` */
function zoneLine(zone: LabZone, { prefixes }: Settled, { named, outer, alone }: Known): string {
  const link =
    named && named.pattern !== named.name ? `${named.pattern} (${named.place})` : zone.link
  const as =
    named && named.pattern !== named.name && zone.name === zone.link ? zone.link : zone.name
  const nets = prefixes.map(({ prefix, why }) => `${prefixText(prefix)}${why}`).join(' and ')
  const route = outer ? `, default route: ${alone ? 'there is no other' : outer.why}` : ''
  return `${link} → zone ${as}, ${nets}${route}`
}
