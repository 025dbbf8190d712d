/** What an egress policy says of the firewall itself → its input and output chains. */
import { FIREWALL } from '../lab/lab.ts'
import { INTERNET, type Policy, PROJECT, type Statement } from '../policy/policy.ts'
import { Reach } from './reach.ts'
import { type Block, chain } from './table.ts'
import type { End, Pair } from './zone-ends.ts'
import { numbersOfRules, rulesBetween } from './zone-rules.ts'
import { LOOPBACK, lastRules } from './zones.ts'

/** The hook, and which end of a statement is the firewall there. */
const HOOKS = [
  { hook: 'input', own: 'to', other: 'from' },
  { hook: 'output', own: 'from', other: 'to' },
] as const
type Side = (typeof HOOKS)[number]

/** Empty if the policy says nothing of the firewall itself. */
export function firewallChains(policy: Policy): Block[] {
  return HOOKS.flatMap((side) => {
    const isOwn = (one: Statement): boolean => one[side.own].includes(FIREWALL)
    const explicit = policy.statements.filter(isOwn)
    const defaults = policy.otherwise.filter(isOwn)
    const rest = defaults.at(-1)
    if (!rest) return []
    const said = [
      ...explicit.filter(({ treatment }) => treatment === 'deny'),
      ...explicit.filter(({ treatment }) => treatment === 'allow'),
      ...defaults.slice(0, -1),
    ]
    const reach = new Reach()
    const rules = said.flatMap((one) => rulesOf(policy, one, side, reach))
    return [
      chain(
        side.hook,
        [`type filter hook ${side.hook} priority filter; policy drop;`],
        [
          'ct state established,related accept',
          ...LOOPBACK[side.hook],
          ...rules,
          ...(reach.isLeft(pairOf(BEHIND_ALL, side), numbersOfRules(rest)) ? lastRules(rest) : []),
        ],
      ),
    ]
  })
}

function rulesOf(policy: Policy, statement: Statement, side: Side, reach: Reach): string[] {
  return behind(policy, statement[side.other])
    .map((end) => pairOf(end, side))
    .flatMap((pair) => rulesBetween(pair, statement, reach))
    .map(({ text }) => text)
}

function pairOf(end: End, { hook, own }: Side): Pair {
  const firewall: End = { links: [] }
  return { hook, ...(own === 'to' ? { from: end, to: firewall } : { from: firewall, to: end }) }
}

const PROJECTS = '@project_links'
const OTHERS = `!= ${PROJECTS}`
const BEHIND_ALL: End = { links: [], sets: [PROJECTS, OTHERS] }

/** Everything that is no project's is behind the Internet's link, named hosts included. */
function behind({ hosts }: Policy, names: readonly string[]): End[] {
  const [isProject, isInternet] = [PROJECT, INTERNET].map((name) => names.includes(name))
  if (isProject && isInternet) return [BEHIND_ALL]
  const own = isInternet ? [] : hosts.filter(({ name }) => names.includes(name))
  return [
    ...(isProject ? [{ links: [], set: PROJECTS }] : []),
    ...(isInternet ? [{ links: [], set: OTHERS }] : []),
    ...own.map((host) => ({ links: [], set: OTHERS, host })),
  ]
}
