/**
 * A policy for zones, and the interface of each zone → nftables text: stateful, deny before allow
 * before deny by default, at the forward, input and output hooks. It shares no code with `decide`,
 * so each can test the other.
 */

import type { Policy, Statement } from '../policy/policy.ts'
import { remarksOf } from './head.ts'
import { origin } from './origin.ts'
import { Reach } from './reach.ts'
import { type Block, chain, render, type Table } from './table.ts'
import { blockingVerdict } from './text.ts'
import type { Hook, Links } from './zone-ends.ts'
import { ESTABLISHED, type GrantBlocks, type Granting, grantBlocks } from './zone-grants.ts'
import { rulesOf, type ZoneRule } from './zone-rules.ts'

const HOOKS: readonly Hook[] = ['forward', 'input', 'output']

/**
 * Throws RangeError if two zones have one interface or a zone has none, and RulesetTextError for an
 * interface name that nft cannot express.
 */
export function compileZones(policy: Policy, links: Links, granting?: Granting): string {
  return render(zonesTable(policy, links, granting))
}

/** The table as data. */
export function zonesTable(
  policy: Policy,
  links: Links,
  granting: Granting = { projects: [] },
): Table {
  mustHaveLinks(policy, links)
  const reach = new Reach()
  const compiled = (some: readonly Statement[]): ZoneRule[] =>
    some.flatMap((statement) => rulesOf(policy, links, statement, reach))
  const said = compiled([
    ...policy.statements.filter(({ treatment }) => treatment === 'deny'),
    ...policy.statements.filter(({ treatment }) => treatment === 'allow'),
  ])
  const defaults = compiled(policy.otherwise.slice(0, -1))
  const granted = grantBlocks(policy, { links, ...granting, said, defaults })
  return {
    name: `inet zones_${policy.id.replaceAll('-', '_')}`,
    remarks: remarksOf(policy, []),
    blocks: [
      ...granted.blocks,
      ...HOOKS.map((hook) => hookChain(policy, hook, { said, defaults, granted })),
    ],
  }
}

function mustHaveLinks({ zones }: Policy, links: Links): void {
  const lacking = zones.filter((zone) => !links.has(zone))
  if (lacking.length === 1) throw new RangeError(`zone ${lacking[0]} has no interface`)
  if (lacking.length > 1) throw new RangeError(`zones ${lacking.join(', ')} have no interface`)
  const taken = new Map<string, string>()
  for (const zone of zones) {
    const link = links.get(zone)!
    const other = taken.get(link)
    if (other !== undefined)
      throw new RangeError(
        `zones ${other} and ${zone} are both behind ${link}: no rule can distinguish them`,
      )
    taken.set(link, zone)
  }
}

export const LOOPBACK = {
  forward: [],
  input: ['iif "lo" accept'],
  output: ['oif "lo" accept'],
} as const

interface Rules {
  readonly said: readonly ZoneRule[]
  readonly defaults: readonly ZoneRule[]
  readonly granted: GrantBlocks
}

function hookChain(policy: Policy, hook: Hook, { said, defaults, granted }: Rules): Block {
  const own = (rules: readonly ZoneRule[]): string[] =>
    rules.filter((rule) => rule.hook === hook).map(({ text }) => text)
  const isForward = hook === 'forward'
  return chain(
    hook,
    [`type filter hook ${hook} priority filter; policy drop;`],
    [
      ...(isForward ? granted.established : ESTABLISHED),
      ...LOOPBACK[hook],
      ...own(said),
      ...(isForward ? granted.rules : []),
      ...own(defaults),
      ...lastRules(policy.otherwise.at(-1)!),
    ],
  )
}

/** Traffic that no statement names. */
export function lastRules({ treatment, by, clause }: Statement): string[] {
  const from = origin([clause])
  if (treatment === 'allow') return [`counter accept${from}`]
  const special = (['tcp', 'udp'] as const)
    .map((protocol) => ({ protocol, how: blockingVerdict(by[protocol]) }))
    .filter(({ how }) => how !== 'drop')
  return [
    ...special.map(({ protocol, how }) => `meta l4proto ${protocol} counter ${how}${from}`),
    `counter drop${from}`,
  ]
}
