/** What an egress policy says of the firewall itself → its input and output chains. */
import { FIREWALL } from '../lab/lab.ts'
import type { Protocol } from '../net/protocol.ts'
import { INTERNET, type Policy, PROJECT, type Statement } from '../policy/policy.ts'
import { type Block, chain } from './table.ts'
import { blockingVerdict } from './text.ts'
import { commentOf, packets } from './zones.ts'

const WAYS = [
  { hook: 'input', end: 'from', other: 'to', link: 'iifname', loopback: 'iif "lo" accept' },
  { hook: 'output', end: 'to', other: 'from', link: 'oifname', loopback: 'oif "lo" accept' },
] as const
type Way = (typeof WAYS)[number]

/** Empty if the policy says nothing of the firewall itself. */
export function firewallChains(policy: Policy): Block[] {
  const isOwn = ({ from, to }: Statement): boolean => [...from, ...to].includes(FIREWALL)
  const own = policy.statements.filter(isOwn)
  const defaults = policy.otherwise.filter(isOwn)
  if (defaults.length === 0) return []
  return WAYS.map((way) => {
    const is = (one: Statement): boolean => one[way.other].includes(FIREWALL)
    const some = defaults.filter(is)
    const said = [
      ...own.filter((one) => is(one) && one.treatment === 'deny'),
      ...own.filter((one) => is(one) && one.treatment === 'allow'),
      ...some.slice(0, -1),
    ]
    return chain(
      way.hook,
      [`type filter hook ${way.hook} priority filter; policy accept;`],
      [
        'ct state established,related accept',
        way.loopback,
        ...said.flatMap((one) => rulesOf(policy, one, way)),
        ...lastRules(policy, some.at(-1)!),
      ],
    )
  })
}

function rulesOf({ file }: Policy, statement: Statement, { end, link }: Way): string[] {
  return linksOf(statement[end], link).flatMap((links) =>
    statement.families.flatMap((family) =>
      statement.traffic.flatMap((traffic) =>
        packets(traffic, family).map((what) =>
          [
            `meta nfproto ipv${family}`,
            ...links,
            what,
            'counter',
            verdictOf(statement, traffic.protocol),
            commentOf(file, statement.clause),
          ].join(' '),
        ),
      ),
    ),
  )
}

const verdictOf = ({ treatment, by }: Statement, protocol: Protocol): string =>
  treatment === 'allow' ? 'accept' : blockingVerdict(by[protocol])

/** Traffic that no statement names. Only TCP and UDP have answers of their own. */
function lastRules({ file }: Policy, rest: Statement): string[] {
  const comment = commentOf(file, rest.clause)
  const verdict = verdictOf(rest, 'ip')
  const special = (['tcp', 'udp'] as const).filter((one) => verdictOf(rest, one) !== verdict)
  return [
    ...special.map((one) => `meta l4proto ${one} counter ${verdictOf(rest, one)} ${comment}`),
    `counter ${verdict} ${comment}`,
  ]
}

/** Everything that is no project's is behind the Internet's link. */
function linksOf(names: readonly string[], link: string): string[][] {
  const [project, internet] = [PROJECT, INTERNET].map((name) => names.includes(name))
  if (project && internet) return [[]]
  return [[`${link} ${internet ? '!= ' : ''}@project_links`]]
}
