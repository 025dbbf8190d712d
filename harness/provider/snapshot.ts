/** Everything of a namespace that a lab could leave changed, as text to be compared. */
import { EnvironmentFailure } from '../failure.ts'
import { inside, saidInside } from './inside.ts'

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

/** Lifetimes and the states of neighbours move by themselves, and who did not answer is forgotten. */
const steady = (json: string): string =>
  JSON.stringify(
    (JSON.parse(json.trim() || '[]') as Record<string, unknown>[])
      .filter(({ state }) => !`${state}`.match(/FAILED|INCOMPLETE|NONE/))
      .map(({ state, ...entry }) => ({ ...entry, isPermanent: `${state}` === 'PERMANENT' })),
  ).replaceAll(MOVING_BY_ITSELF, '')

const MOVING_BY_ITSELF =
  /"(?:valid_life_time|preferred_life_time|expires|used)":\d+,?|"(?:tentative|dadfailed)":true,?/g

/** Counts, not settings; and what is different whenever it is read. */
const MOVING = /nf_conntrack_count|nf_conntrack_buckets|\/route\/flush|stable_secret|rpc|\/random\//

function settings(net: string): string {
  // grep ends with 2 for files that may not be read.
  const text = inside(net, 'sh', '-c', 'grep -rs . /proc/sys/net; true')
  return text
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
