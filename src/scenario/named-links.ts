/**
 * Finds interfaces that a scenario names and no rule does. Most of them are typing errors, and then
 * the measurement does not test the intended zone.
 */
import { distance } from 'fastest-levenshtein'
import { stringify } from 'yaml'
import type { FirewallPart } from '../firewall/firewall.ts'
import { interfacesNamed } from '../firewall/kinds/interface-names.ts'
import { kindNamed } from '../firewall/kinds/registry.ts'
import type { SourcePosition } from '../input/position.ts'
import { lazily, type Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import { nearest } from '../input/suggestion.ts'
import { stemOf } from '../nft/text/mention.ts'
import type { ZoneLink } from './lab-hints.ts'

type Part = Pick<FirewallPart, 'kind' | 'text' | 'file'>

/**
 * A zone may be behind an interface that no rule names: rules without an interface condition apply
 * there. It is an error if the rules name an interface that no zone has. Empty if the text does not
 * show its interfaces.
 */
export function problemsOfLinks(links: readonly ZoneLink[], parts: readonly Part[]): Problem[] {
  const words = parts.map(wordsIn)
  if (parts.length === 0 || words.some((one) => one === undefined)) return []
  const named = namesOf(words.flatMap((one) => one ?? []))
  const listed = [...new Set(parts.flatMap(listedIn))].toSorted()
  const taken = new Set(links.map(({ link }) => link))
  const free = listed.filter((pattern) => !links.some(({ link }) => isLike(link, pattern)))
  if (free.length === 0) return []
  return links
    .filter(({ link, isDeclared }) => !isDeclared && !named(link))
    .map((one) => lazily(one.at, () => messageOf(one, { listed, taken, parts })))
}

interface LabZoneLink {
  readonly name: string
  readonly link: string
}

/**
 * Zones of a lab behind interfaces that no rule names. This is not an error, but causes a remark.
 */
export function remarksOfLinks(zones: readonly LabZoneLink[], parts: readonly Part[]): string[] {
  return unnamedAmong(zones, parts).map(
    ({ name, link }) =>
      `zone ${name} is behind interface ${quoted(link)}, which no rule names: only rules without an interface condition apply there`,
  )
}

/** None if the text does not show its interfaces, or names no interface. */
function unnamedAmong<T extends LabZoneLink>(zones: readonly T[], parts: readonly Part[]): T[] {
  const words = parts.map(wordsIn)
  if (parts.length === 0 || words.some((one) => one === undefined)) return []
  if (parts.every((part) => listedIn(part).length === 0)) return []
  const named = namesOf(words.flatMap((one) => one ?? []))
  return zones.filter(({ link }) => !named(link))
}

/**
 * Zones of a lab with a mistyped interface: no rule names it, and it is similar to a named
 * interface that no zone has.
 */
export function nearMisses(
  zones: readonly LabZoneLink[],
  parts: readonly Part[],
  at: SourcePosition,
): Problem[] {
  const listed = [...new Set(parts.flatMap(listedIn))].toSorted()
  const free = listed.filter((pattern) => !zones.some(({ link }) => isLike(link, pattern)))
  return unnamedAmong(zones, parts).flatMap(({ name, link }) => {
    const near = free.find((one) => isNear(link, one))
    if (near === undefined) return []
    const files = parts.map(({ file }) => file).join(', ')
    return [
      lazily(
        at,
        () =>
          `zone ${name}: no rule of ${files} names interface ${quoted(link)} — did you mean ${quoted(near)}? No zone has this interface. If ${quoted(link)} is right, add a zone for ${quoted(near)}`,
      ),
    ]
  })
}

/** The number of edits of a typing error. */
const FEW_EDITS = 2

/** Two numbered names of one kind are similar, whatever their numbers are. */
function isNear(link: string, name: string): boolean {
  const kindOf = (text: string): string => text.replace(/[\d.]+$/, '')
  return kindOf(link) === kindOf(name) || distance(link, name) <= FEW_EDITS
}

/**
 * The interfaces that rules name, if `links` has none of them: the rules are then for another
 * firewall. Undefined if `links` has one of them, or if the text does not show them.
 */
export function strangersTo(links: readonly string[], part: Part): readonly string[] | undefined {
  const words = wordsIn(part)
  const listed = [...new Set(listedIn(part))].toSorted()
  if (!words || listed.length === 0 || links.some(namesOf(words))) return undefined
  return listed
}

/** Wildcards as in interfacesNamed: `eth*` of nft, `eth+` of iptables. */
function isLike(link: string, pattern: string): boolean {
  const stem = stemOf(pattern, '*') ?? stemOf(pattern, '+')
  return stem === undefined ? link === pattern.replace(/\\\*$/, '*') : link.startsWith(stem)
}

interface Known {
  readonly listed: readonly string[]
  /** Interfaces of zones. */
  readonly taken: ReadonlySet<string>
  readonly parts: readonly Part[]
}

/** At most this many interfaces are listed in a message. */
const LISTED = 20

function messageOf({ zone, link }: ZoneLink, { listed, taken, parts }: Known): string {
  const files = parts.map(({ file }) => file).join(', ')
  const free = listed.filter((name) => !taken.has(name))
  const near = nearest(link, free) ?? nearest(link, listed)
  const meant = near === undefined ? '' : ` — did you mean ${quoted(near)}?`
  const all = `it names ${listText(listed)}`
  return `zone ${zone}: no rule of ${files} names interface ${quoted(link)}${meant} (${all}). If ${quoted(link)} is right, write "${zone}: ${entryOf(link)}"`
}

/** The form of a scenario file. */
const entryOf = (link: string): string => stringify({ link }, { collectionStyle: 'flow' }).trim()

export function listText(names: readonly string[]): string {
  const more = names.length - LISTED
  return `${names.slice(0, LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const listedIn = ({ kind, text }: Part): string[] =>
  interfacesNamed(text, kind).map(({ pattern }) => pattern)

interface Word {
  readonly text: string
  readonly wildcard: '*' | '+'
}

/** All words of the text outside comments. Keys of verdict maps may end with the colon. */
function wordsIn({ kind, text }: Part): readonly Word[] | undefined {
  const found = kindNamed(kind).words(text)
  return found?.words.map((word) => ({ text: word.replace(/:$/, ''), wildcard: found.wildcard }))
}

/** Whether a word is the interface or a wildcard that matches it. */
function namesOf(words: readonly Word[]): (link: string) => boolean {
  const plain = new Set(words.map(({ text }) => text.replace(/\\\*$/, '*')))
  const stems = new Set(
    words.map(({ text, wildcard }) => stemOf(text, wildcard)).filter((stem) => stem !== undefined),
  )
  return (link) =>
    plain.has(link) ||
    Array.from({ length: link.length + 1 }, (_, i) => link.slice(0, i)).some((stem) =>
      stems.has(stem),
    )
}
