/** Everything of a namespace that a lab could leave changed, as text to be compared. */
import { savedFaults } from '../../src/nft/text/saved-words.ts'
import { EnvironmentError } from '../system/errors.ts'
import { kernelJson } from '../system/kernel-json.ts'
import { execInNetns, outputInNetns, resultInNetns } from './netns-exec.ts'

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

/** Which names, and which other texts, are read again as what they are. */
interface Readable {
  readonly name: RegExp
  readonly text: RegExp
}

/** What nft's scanner takes for a name; a string ends at the next quotation mark, which nothing escapes. */
const BY_NFT: Readable = { name: /^[A-Za-z_.][\w/\\.-]*$/, text: /^[^"\p{Cc}]*$/u }
/** iptables admits more in the names of its chains, reads them up to a blank, and escapes quotation marks. */
const BY_IPTABLES: Readable = { name: /^[^\s"]+$/, text: /^\P{Cc}*$/u }
const NAMED = ['table', 'chain', 'set', 'map', 'name', 'target']

/**
 * Counters are put back by loading a listing again. Throws EnvironmentError
 * where names in it, which the kernel takes as they are, make it another text
 * than it is: it would load other rules, or run a program.
 */
export function mustBeLoadable(name: string, net: string, { ruleset, managed }: Snapshot): void {
  if (!/\b(?:counter|quota)\b/.test(ruleset) && managed.length === 0) return
  const saved = SAVED.filter(([family]) => managed.some((table) => table.startsWith(family)))
  const texts = saved.map(([, program]) => execInNetns(net, program, '-c'))
  const faulty = misreadIn(execInNetns(net, 'nft', '-j', 'list', 'ruleset'), managed)
  if (faulty === undefined && texts.every((text) => savedFaults(text).length === 0)) return
  const what = faulty === undefined ? 'a rule of iptables' : JSON.stringify(faulty)
  throw new EnvironmentError(
    `${name}: its counters could not be put back afterwards: ${what} in its rules would be read as something else; give it another name, or take the counters away`,
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

/** The first text in nft's JSON that its listing, or that of iptables, would not give back. */
function misreadIn(json: string, managed: readonly string[]): string | undefined {
  // It prints nothing where a name is no UTF-8.
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
  return outputInNetns(net, 'grep', '-rs', '.', '/proc/sys/net')
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

/** Throws EnvironmentError for a namespace that is not as it was. */
export function mustBeAlike(name: string, before: Snapshot, after: Snapshot): void {
  const different = differences(before, after)
  if (different.length > 0)
    throw new EnvironmentError(
      `${name} is not as it was before: ${different.join(', ')}. Somebody else may have changed it meanwhile`,
    )
}
