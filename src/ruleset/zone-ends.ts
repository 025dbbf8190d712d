/** The ends of a statement as interfaces and addresses: as few pairs as say the same. */

import type { Policy, PolicyHost, Statement } from '../policy/policy.ts'

/** The firewall's interface of each zone. */
export type Links = ReadonlyMap<string, string>

export type Hook = 'forward' | 'input' | 'output'

/** A host behind its zone's interface; or any address behind interfaces, the firewall behind none. */
export interface End {
  readonly links: readonly string[]
  /** What matches the interfaces in place of their names: `@project_links`. */
  readonly set?: string
  /** Sets that together have every interface, in place of the interfaces. */
  readonly sets?: readonly string[]
  readonly host?: PolicyHost
}

export interface Pair {
  readonly hook: Hook
  readonly from: End
  readonly to: End
}

/** A statement says nothing of traffic within a zone. */
export function pairsOf(policy: Policy, links: Links, { from, to }: Statement): Pair[] {
  const [senders, targets] = [from, to].map((names) => endsOf(policy, links, names))
  const pairs = senders!.flatMap((sender) =>
    targets!
      .filter((target) => sender.links[0] !== target.links[0])
      .map((target) => ({ hook: hookOf(sender, target), from: sender, to: target })),
  )
  return merged(merged(pairs, 'from'), 'to')
}

function endsOf({ zones, hosts }: Policy, links: Links, names: readonly string[]): End[] {
  const firewall: End = { links: [] }
  const zone = (name: string): End => ({ links: [links.get(name)!] })
  if (names.includes('any')) return [...zones.map(zone), firewall]
  return [...new Set(names)].map((name) => {
    if (name === 'firewall') return firewall
    const host = hosts.find((one) => one.name === name)
    return host ? { ...zone(host.zone), host } : zone(name)
  })
}

function hookOf(from: End, to: End): Hook {
  if (to.links.length === 0) return 'input'
  return from.links.length === 0 ? 'output' : 'forward'
}

/** Pairs that differ only in the interfaces of one end become one pair with all of them. */
function merged(pairs: readonly Pair[], end: 'from' | 'to'): Pair[] {
  const other = end === 'from' ? 'to' : 'from'
  const groups = Map.groupBy(pairs, (pair) =>
    [pair.hook, keyOf(pair[other]), pair[end].host?.name ?? ''].join('\n'),
  )
  return [...groups.values()].map((group) => {
    const links = [...new Set(group.flatMap((pair) => pair[end].links))]
    return { ...group[0]!, [end]: { ...group[0]![end], links } }
  })
}

const keyOf = ({ links, host }: End): string => [...links, '', host?.name ?? ''].join('\n')
