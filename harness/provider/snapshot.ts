/** Everything of a namespace that a lab could leave changed, as text to be compared. */
import { savedFaults } from '../../src/nft-text/saved-words.ts'
import { EnvironmentFailure } from '../failure.ts'
import { kernelJson } from '../system/kernel-json.ts'
import { inside, printedInside, saidInside } from './inside.ts'

export interface Snapshot {
  /** With the values of counters and quotas. */
  readonly ruleset: string
  /** Tables that nft says are those of iptables: `ip filter`. It must not load them. */
  readonly managed: readonly string[]
  /** Without them. */
  readonly rules: string
  readonly network: Readonly<Record<string, string>>
}

const SHOWN = {
  addresses: ['addr', 'show'],
  routes: ['-4', 'route', 'show', 'table', 'all'],
  'IPv6 routes': ['-6', 'route', 'show', 'table', 'all'],
  neighbours: ['neigh', 'show'],
  rules: ['rule', 'show'],
} as const

export function snapshot(net: string): Snapshot {
  const network = Object.entries(SHOWN).map(
    ([what, args]) => [what, steady(inside(net, 'ip', '-j', ...args))] as const,
  )
  const { stdout: ruleset, stderr } = saidInside(net, 'nft', 'list', 'ruleset')
  return {
    ruleset,
    managed: managedIn(ruleset, stderr),
    rules: inside(net, 'nft', '-s', 'list', 'ruleset'),
    network: { ...Object.fromEntries(network), settings: settings(net) },
  }
}

/** nft says it, or, where it is older, shows matches of iptables as comments. */
function managedIn(ruleset: string, said: string): string[] {
  return tablesOf(ruleset).flatMap(({ name, text }) => {
    const isSaid = `${said}${ruleset}`.includes(`table ${name} is managed by iptables-nft`)
    return isSaid || /\bxt (?:match|target)\b|# xt_/.test(text) ? [name] : []
  })
}

/** Tables of a listing, as `ip filter`, in their order. */
export function tablesOf(ruleset: string): { readonly name: string; readonly text: string }[] {
  return ruleset.split(/^(?=table )/m).flatMap((text) => {
    const name = /^table (\w+ \S+)/.exec(text)?.[1]
    return name === undefined ? [] : [{ name, text }]
  })
}

/** What nft's own scanner takes for a name: others are listed as they are, and are then something else. */
const NAME = /^[A-Za-z_.][\w/\\.-]*$/
/** In a listing a string ends at the next quotation mark, and nothing escapes one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are looked for
const BREAKING = /["\u0000-\u001f\u007f]/
const NAMED = ['table', 'chain', 'set', 'map', 'name', 'target']

/**
 * Counters are put back by loading a listing again. Throws EnvironmentFailure
 * where names in it, which the kernel takes as they are, make it another text
 * than it is: it would load other rules, or run a program.
 */
export function mustBeLoadable(name: string, net: string, { ruleset, managed }: Snapshot): void {
  if (!/\b(?:counter|quota)\b/.test(ruleset) && managed.length === 0) return
  const saved = SAVED.filter(([family]) => managed.some((table) => table.startsWith(family)))
  const texts = saved.map(([, program]) => inside(net, program, '-c'))
  const faulty = misread(
    JSON.parse(inside(net, 'nft', '-j', 'list', 'ruleset')),
    managed.length > 0,
  )
  if (faulty === undefined && texts.every((text) => savedFaults(text).length === 0)) return
  const what = faulty === undefined ? 'a rule of iptables' : JSON.stringify(faulty)
  throw new EnvironmentFailure(
    `${name}: its counters could not be put back afterwards: ${what} in its rules would be read as something else; give it another name, or take the counters away`,
  )
}

const SAVED = [
  ['ip ', 'iptables-nft-save'],
  ['ip6 ', 'ip6tables-nft-save'],
] as const

/** The first text in nft's JSON that its listing would not give back. */
function misread(value: unknown, isManaged: boolean, key = ''): string | undefined {
  if (typeof value === 'string') {
    const isName = NAMED.includes(key) && !value.startsWith('@')
    // iptables admits more in the names of its chains, and reads them up to a blank.
    const isRead = isName ? (isManaged ? /^[^\s"]+$/ : NAME).test(value) : true
    return isRead && !BREAKING.test(value) ? undefined : value
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [own, one] of Object.entries(value)) {
    const found = misread(one, isManaged, Array.isArray(value) ? '' : own)
    if (found !== undefined) return found
  }
  return undefined
}

/** Lifetimes and the states of neighbours move by themselves, and who did not answer is forgotten. */
const steady = (json: string): string =>
  JSON.stringify(
    (kernelJson(json) as Record<string, unknown>[])
      .filter(({ state }) => !`${state}`.match(/FAILED|INCOMPLETE|NONE/))
      .map(({ state, ...entry }) => ({ ...entry, isPermanent: `${state}` === 'PERMANENT' })),
  ).replaceAll(MOVING_BY_ITSELF, '')

const MOVING_BY_ITSELF =
  /"(?:valid_life_time|preferred_life_time|expires|used)":\d+,?|"(?:tentative|dadfailed)":true,?/g

/** Counts, not settings; and what is different whenever it is read. */
const MOVING = /nf_conntrack_count|nf_conntrack_buckets|\/route\/flush|stable_secret|rpc|\/random\//

function settings(net: string): string {
  // It ends with 2 because of files that may not be read.
  return printedInside(net, 'grep', '-rs', '.', '/proc/sys/net')
    .split('\n')
    .filter((line) => !MOVING.test(line))
    .sort()
    .join('\n')
}

/** What is otherwise than before, in words. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const rules =
    before.rules !== after.rules
      ? ['its rules']
      : before.ruleset !== after.ruleset
        ? ['the counters of its rules']
        : []
  const others = Object.keys(before.network).filter(
    (what) => before.network[what] !== after.network[what],
  )
  return [...rules, ...others.map((what) => `its ${what}`)]
}

/** Throws EnvironmentFailure for a namespace that is not as it was. */
export function mustBeAlike(name: string, before: Snapshot, after: Snapshot): void {
  const different = differences(before, after)
  if (different.length > 0)
    throw new EnvironmentFailure(
      `${name} is not as it was before: ${different.join(', ')}. Somebody else may have changed it meanwhile`,
    )
}
