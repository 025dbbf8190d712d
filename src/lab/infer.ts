/**
 * The text of firewalls → a lab in which their rules can match. A ruleset does not show the
 * networks around it, so every choice is reported. This code decides nothing about packets: in any
 * lab, the kernel does.
 */

import type { InterfaceName } from '../firewall/kinds/interface-names.ts'
import type { ZoneAddress } from '../net/address.ts'
import { addressAt } from '../net/address.ts'
import { prefixText } from '../net/prefix.ts'
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
import { isOnlyUnusable, linkNameProblem } from './link-name.ts'
import { innermost, outermost, type Ranked, rank } from './outside.ts'

export type { InferencePart } from './evidence.ts'

export interface Inference {
  readonly plan: LabPlan
  /** Every choice, as one short sentence. */
  readonly reasons: readonly string[]
  /** The choices about zones that no rule names. */
  readonly assumed: readonly string[]
  /**
   * Interfaces that rules name and a lab cannot have, with their positions. The plan leaves them
   * out.
   */
  readonly refused: readonly string[]
}

/** Diff passes the parts of both firewalls, so one lab has the interfaces of both. */
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

const UNUSABLE =
  'Linux accepts the name, but a lab cannot have such an interface: test a copy of the ruleset in which it has another name'
const IMPOSSIBLE =
  'nft accepts the rule, but no packet can match it: write the name that "ip link" shows on the firewall'

/** nft loads such a rule, but no lab can have the interface. */
function refusedIn({ name, pattern, place, line, part }: Named): string[] {
  const problem = linkNameProblem(name)
  if (problem === undefined) return []
  const column = (part.text.split('\n')[line - 1] ?? '').indexOf(pattern) + 1
  const at = column > 0 ? `${place}:${column}` : place
  const remedy = isOnlyUnusable(name) ? UNUSABLE : IMPOSSIBLE
  return [
    `${at}: interface ${JSON.stringify(pattern)}: ${problem}. ${remedy}, or describe the lab in a file without it (--lab)`,
  ]
}

/**
 * If the text names no own address of a family, the firewall keeps the first address of the prefix.
 */
function withFirst(own: readonly ZoneAddress[], addresses: readonly ZoneAddress[]): ZoneAddress[] {
  const missing = addresses.filter(({ family }) => !own.some((one) => one.family === family))
  return [...own, ...missing.map(firstOf)].toSorted((a, b) => a.family - b.family)
}

function firstOf(host: ZoneAddress): ZoneAddress {
  return { ...host, address: addressAt(host, 1n) }
}

type Named = InterfaceName & Located & InPart

function namedIn(evidence: Evidence): Map<string, Named> {
  const { said } = evidence
  const found = new Map<string, Named>()
  for (const { line, place, part, interfaces } of said)
    for (const { name, pattern, side } of interfaces) {
      const known = found.get(name) ?? { name, pattern, line, place, part, isBridge: false }
      found.set(name, { ...known, isBridge: known.isBridge || side === 'bridge' })
    }
  for (const one of unnamedMatches(evidence)) if (!found.has(one.name)) found.set(one.name, one)
  return found
}

/**
 * For each wildcard whose interface another rule names exactly, a further interface that only the
 * wildcard matches.
 */
function unnamedMatches({ said }: Evidence): Named[] {
  const all = said.flatMap(({ line, place, part, interfaces }) =>
    interfaces.map(({ name, pattern, side }) => ({ name, pattern, side, line, place, part })),
  )
  const exact = new Set(all.flatMap(({ name, pattern }) => (isWild(pattern) ? [] : [name])))
  const found = new Map<string, Named>()
  for (const { side, ...one } of all.filter(({ pattern }) => isWild(pattern))) {
    if (!exact.has(one.name) || found.has(one.pattern)) continue
    const name = NUMBERS.map((n) => `${one.pattern.slice(0, -1)}${n}`).find(
      (own) => !exact.has(own) && linkNameProblem(own) === undefined,
    )
    if (name !== undefined) found.set(one.pattern, { ...one, name, isBridge: side === 'bridge' })
  }
  return [...found.values()]
}

const NUMBERS = Array.from({ length: 100 }, (_, n) => n)

const isWild = (pattern: string): boolean => /[*+]$/.test(pattern)

const FORWARDING = new Set(['forward', 'prerouting', 'postrouting'])

interface Links {
  readonly links: readonly string[]
  readonly added?: string
  readonly reasons: readonly string[]
}

/**
 * Links besides the named ones: two if no interface is named, else one for all interfaces that no
 * rule names.
 */
function linksFor(named: ReadonlyMap<string, Named>, { chains }: Evidence): Links {
  const links = [...named.keys()]
  if (links.length === 0)
    return {
      links: ['outside', 'inside'],
      reasons: ['no interface is named: the lab has the zones outside and inside'],
    }
  // Chains of a device see the packets of that device only.
  const known = chains.length > 0
  if (known && chains.every(({ hook }) => ON_DEVICES.has(hook))) return { links, reasons: [] }
  const other = unnamed([...named.values()].map(({ pattern }) => pattern))
  if (other === undefined) return { links, reasons: [] }
  const told = `zone ${other} is added behind an interface that no rule names, because rules without an interface condition apply there too`
  return { links: [...links, other], added: other, reasons: [told] }
}

const ON_DEVICES = new Set(['ingress', 'egress'])

/**
 * A name that matches no name and no wildcard of the text. Undefined if the wildcards match all
 * candidates.
 */
function unnamed(patterns: readonly string[]): string | undefined {
  const matches = (name: string): boolean =>
    patterns.some((p) => p === name || (/[*+]$/.test(p) && name.startsWith(p.slice(0, -1))))
  const letters = Array.from({ length: 26 }, (_, i) => `${String.fromCharCode(0x61 + i)}0`)
  return ['other', 'side', 'free', 'link', ...letters].find((name) => !matches(name))
}

/** Zones are named after their interfaces, if lab files allow these names. */
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
  /** For the outermost link only. */
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
  const route = outer ? `, default route: ${alone ? 'no other interface' : outer.why}` : ''
  return `${link} → zone ${as}, ${nets}${route}`
}
