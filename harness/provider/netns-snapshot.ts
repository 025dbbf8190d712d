/** Everything in a namespace that a lab could leave changed, as text for comparison. */
import { savedFaults } from '../../src/nft/text/saved-words.ts'
import { EnvironmentError } from '../system/errors.ts'
import { kernelJson } from '../system/kernel-json.ts'
import { execInNetns, outputInNetns, resultInNetns } from './netns-exec.ts'

export interface Snapshot {
  /** Including the values of counters and quotas. */
  readonly ruleset: string
  /** Tables that nft reports as managed by iptables: `ip filter`. nft must not load them. */
  readonly managed: readonly string[]
  /** Without these values. */
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
    ([what, args]) => [what, steady(execInNetns(net, 'ip', '-j', ...args))] as const,
  )
  const { stdout: ruleset, stderr } = resultInNetns(net, 'nft', 'list', 'ruleset')
  return {
    ruleset,
    managed: managedIn(ruleset, stderr),
    rules: execInNetns(net, 'nft', '-s', 'list', 'ruleset'),
    network: { ...Object.fromEntries(network), settings: settings(net) },
  }
}

/** nft prints this message. Older versions show iptables matches as comments. */
function managedIn(ruleset: string, said: string): string[] {
  return tablesOf(ruleset).flatMap(({ name, text }) => {
    const isSaid = `${said}${ruleset}`.includes(`table ${name} is managed by iptables-nft`)
    return isSaid || /\bxt (?:match|target)\b|# xt_/.test(text) ? [name] : []
  })
}

/** Tables of a listing, as `ip filter`, in order. */
export function tablesOf(ruleset: string): { readonly name: string; readonly text: string }[] {
  return ruleset.split(/^(?=table )/m).flatMap((text) => {
    const name = /^table (\w+ \S+)/.exec(text)?.[1]
    return name === undefined ? [] : [{ name, text }]
  })
}

/** Valid names and texts: a listing with only these loads as the same rules. */
interface Readable {
  readonly name: RegExp
  readonly text: RegExp
}

/**
 * The names that nft's scanner accepts. A string ends at the next quotation mark, which cannot be
 * escaped.
 */
const BY_NFT: Readable = { name: /^[A-Za-z_.][\w/\\.-]*$/, text: /^[^"\p{Cc}]*$/u }
/**
 * iptables allows more in the names of its chains, reads them up to a blank, and escapes quotation
 * marks.
 */
const BY_IPTABLES: Readable = { name: /^[^\s"]+$/, text: /^\P{Cc}*$/u }
const NAMED = ['table', 'chain', 'set', 'map', 'name', 'target']

/**
 * Counters are restored by loading a listing again. Throws EnvironmentError if a name in it, which
 * the kernel accepts, would make the listing load other rules or run a program.
 */
export function mustBeLoadable(name: string, net: string, { ruleset, managed }: Snapshot): void {
  if (!/\b(?:counter|quota)\b/.test(ruleset) && managed.length === 0) return
  const saved = SAVED.filter(([family]) => managed.some((table) => table.startsWith(family)))
  const texts = saved.map(([, program]) => execInNetns(net, program, '-c'))
  const faulty = misreadIn(execInNetns(net, 'nft', '-j', 'list', 'ruleset'), managed)
  if (faulty === undefined && texts.every((text) => savedFaults(text).length === 0)) return
  const what = faulty === undefined ? 'a rule of iptables' : JSON.stringify(faulty)
  throw new EnvironmentError(
    `${name}: its counters could not be restored afterwards: ${what} in its rules would be read differently: rename it, or remove the counters`,
  )
}

const SAVED = [
  ['ip ', 'iptables-nft-save'],
  ['ip6 ', 'ip6tables-nft-save'],
] as const

interface Listed {
  readonly family?: string
  readonly table?: string
  readonly name?: string
}

/** The first text in nft's JSON that would change when the listing of nft or iptables is loaded. */
function misreadIn(json: string, managed: readonly string[]): string | undefined {
  // It prints nothing for a name that is not UTF-8.
  if (json.trim() === '') return 'a name'
  const { nftables } = JSON.parse(json) as { readonly nftables: readonly Record<string, Listed>[] }
  for (const entry of nftables)
    for (const [kind, one] of Object.entries(entry)) {
      const table = kind === 'table' ? one.name : one.table
      const isManaged = managed.includes(`${one.family} ${table}`)
      const found = misread(one, isManaged ? BY_IPTABLES : BY_NFT)
      if (found !== undefined) return found
    }
  return undefined
}

function misread(value: unknown, readable: Readable, key = ''): string | undefined {
  if (typeof value === 'string') {
    const isName = NAMED.includes(key) && !value.startsWith('@')
    return (isName ? readable.name : readable.text).test(value) ? undefined : value
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [own, one] of Object.entries(value)) {
    const found = misread(one, readable, Array.isArray(value) ? '' : own)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Without lifetimes and neighbour states, which change on their own, and without unreachable
 * neighbours.
 */
const steady = (json: string): string =>
  JSON.stringify(
    (kernelJson(json) as Record<string, unknown>[])
      .filter(({ state }) => !`${state}`.match(/FAILED|INCOMPLETE|NONE/))
      .map(({ state, ...entry }) => ({ ...entry, isPermanent: `${state}` === 'PERMANENT' })),
  ).replaceAll(MOVING_BY_ITSELF, '')

const MOVING_BY_ITSELF =
  /"(?:valid_life_time|preferred_life_time|expires|used)":\d+,?|"(?:tentative|dadfailed)":true,?/g

/** Counters are not settings, and some values differ at every reading. */
const MOVING = /nf_conntrack_count|nf_conntrack_buckets|\/route\/flush|stable_secret|rpc|\/random\//

function settings(net: string): string {
  // It ends with 2 if some files are not readable.
  return outputInNetns(net, 'grep', '-rs', '.', '/proc/sys/net')
    .split('\n')
    .filter((line) => !MOVING.test(line))
    .sort()
    .join('\n')
}

/** The differences from before, as text. */
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

/** Throws EnvironmentError if the namespace was not restored. */
export function mustBeAlike(name: string, before: Snapshot, after: Snapshot): void {
  const different = differences(before, after)
  if (different.length > 0)
    throw new EnvironmentError(
      `${name} differs from its state before the run: ${different.join(', ')}. Another process may have changed it`,
    )
}
