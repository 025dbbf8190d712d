/** What an egress policy says of the firewall itself → its input and output chains. */
import { FIREWALL } from '../lab/lab.ts'
import { INTERNET, type Policy, PROJECT, type Statement } from '../policy/policy.ts'
import { type Block, chain } from './table.ts'
import type { End } from './zone-ends.ts'
import { rulesBetween } from './zone-rules.ts'
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
    return [
      chain(
        side.hook,
        [`type filter hook ${side.hook} priority filter; policy drop;`],
        [
          'ct state established,related accept',
          ...LOOPBACK[side.hook],
          ...said.flatMap((one) => rulesOf(one, side)),
          ...lastRules(rest),
        ],
      ),
    ]
  })
}

function rulesOf(statement: Statement, { hook, own, other }: Side): string[] {
  const firewall: End = { links: [] }
  const end = behind(statement[other])
  const ends = own === 'to' ? { from: end, to: firewall } : { from: firewall, to: end }
  return rulesBetween({ hook, ...ends }, statement).map(({ text }) => text)
}

/** Everything that is no project's is behind the Internet's link. */
function behind(names: readonly string[]): End {
  const [isProject, isInternet] = [PROJECT, INTERNET].map((name) => names.includes(name))
  if (isProject && isInternet) return { links: [] }
  return { links: [], set: isInternet ? '!= @project_links' : '@project_links' }
}
