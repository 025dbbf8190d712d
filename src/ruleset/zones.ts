/**
 * A policy for zones, and the interface of each zone → nftables text: stateful, deny before allow
 * before deny by default, at the forward, input and output hooks. It shares no code with `decide`,
 * so each can test the other.
 */

import { PortSet, type Range } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { PolicyHost, Statement, Traffic, ZonePolicy } from '../policy/zones/zone-policy.ts'
import { comment, existingInterface, nftRemark } from '../quote/nft.ts'
import { blockingVerdict } from './text.ts'

/** The firewall's interface of each zone. */
export type Links = ReadonlyMap<string, string>

const HOOKS = ['forward', 'input', 'output'] as const
type Hook = (typeof HOOKS)[number]

interface Rule {
  readonly hook: Hook
  readonly text: string
}

/**
 * Throws RangeError if two zones have one interface or a zone has none, and RulesetTextError for an
 * interface name that nft cannot express.
 */
export function compileZones(policy: ZonePolicy, links: Links): string {
  mustHaveLinks(policy, links)
  const table = `inet zones_${policy.id.replaceAll('-', '_')}`
  const denied = policy.statements.filter(({ treatment }) => treatment === 'deny')
  const rules = [
    ...denied.filter(({ unlessAllowed }) => !unlessAllowed),
    ...policy.statements.filter(({ treatment }) => treatment === 'allow'),
    ...denied.filter(({ unlessAllowed }) => unlessAllowed),
  ].flatMap((statement) => rulesOf(policy, links, statement))
  return [
    nftRemark(
      `${oneLine(policy.title)} (${policy.id}), compiled by nftproof from ${oneLine(policy.file)}`,
    ),
    `table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    ...HOOKS.flatMap((hook) => chain(policy, hook, rules)),
    '}',
    '',
  ].join('\n')
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')

function mustHaveLinks({ zones }: ZonePolicy, links: Links): void {
  const taken = new Map<string, string>()
  for (const zone of zones) {
    const link = links.get(zone)
    if (link === undefined) throw new RangeError(`zone ${zone} has no interface`)
    const other = taken.get(link)
    if (other !== undefined)
      throw new RangeError(
        `zones ${other} and ${zone} are both behind ${link}: no rule can distinguish them`,
      )
    taken.set(link, zone)
  }
}

function chain(policy: ZonePolicy, hook: Hook, rules: readonly Rule[]): string[] {
  const loopback = { forward: [], input: ['iif "lo" accept'], output: ['oif "lo" accept'] }[hook]
  const own = rules.filter((rule) => rule.hook === hook).map(({ text }) => text)
  const lines = [
    'ct state established,related accept',
    ...loopback,
    ...new Set(own),
    ...last(policy),
  ]
  return [
    `    chain ${hook} {`,
    `        type filter hook ${hook} priority filter; policy drop;`,
    ...lines.map((line) => `        ${line}`),
    '    }',
  ]
}

/** Traffic that no statement names. */
function last({ otherwise, file }: ZonePolicy): string[] {
  const comment = commentOf(file, otherwise.clause)
  if (otherwise.treatment === 'allow') return [`counter accept ${comment}`]
  const { tcp, udp } = otherwise.by
  const special = [
    { protocol: 'tcp', how: blockingVerdict(tcp) },
    { protocol: 'udp', how: blockingVerdict(udp) },
  ].filter(({ how }) => how !== 'drop')
  return [
    ...special.map(({ protocol, how }) => `meta l4proto ${protocol} counter ${how} ${comment}`),
    `counter drop ${comment}`,
  ]
}

function commentOf(file: string, { label, at }: Statement['clause']): string {
  const name = file.split('/').at(-1)!
  return comment(oneLine(`${name}:${at.line} ${label}`)).trimStart()
}

function rulesOf(policy: ZonePolicy, links: Links, statement: Statement): Rule[] {
  const [senders, targets] = [statement.from, statement.to].map((names) => sidesOf(policy, names))
  return senders!.flatMap((from) =>
    targets!.flatMap((to) => {
      if (from.zone === to.zone) return []
      const hook = to.zone === undefined ? 'input' : from.zone === undefined ? 'output' : 'forward'
      return statement.families.flatMap((family) => {
        const ends = matches(links, from, to, family)
        if (ends === undefined) return []
        return statement.traffic.flatMap((traffic) =>
          packets(traffic, family).map((what) => ({
            hook,
            text: [
              ends,
              what,
              'counter',
              statement.treatment === 'allow'
                ? 'accept'
                : blockingVerdict(statement.by[traffic.protocol]),
              commentOf(policy.file, statement.clause),
            ].join(' '),
          })),
        )
      })
    }),
  )
}

/** A zone, a host in a zone, or the firewall itself, which is in no zone. */
interface Side {
  readonly zone: string | undefined
  readonly host?: PolicyHost
}

function sidesOf({ zones, hosts }: ZonePolicy, names: readonly string[]): Side[] {
  const firewall: Side = { zone: undefined }
  if (names.includes('any')) return [...zones.map((zone) => ({ zone })), firewall]
  return [...new Set(names)].map((name) => {
    if (name === 'firewall') return firewall
    const host = hosts.find((one) => one.name === name)
    return host ? { zone: host.zone, host } : { zone: name }
  })
}

/** Undefined if one of them has no address of the family. */
function matches(links: Links, from: Side, to: Side, family: Family): string | undefined {
  const parts = [`meta nfproto ipv${family}`]
  for (const [{ zone, host }, link, field] of [
    [from, 'iifname', 'saddr'],
    [to, 'oifname', 'daddr'],
  ] as const) {
    if (zone !== undefined) parts.push(`${link} ${existingInterface(links.get(zone)!)}`)
    if (!host) continue
    const address = host.addresses.find((one) => one.family === family)
    if (!address) return undefined
    parts.push(`${family === 4 ? 'ip' : 'ip6'} ${field} ${address.address}`)
  }
  return parts.join(' ')
}

/** Protocols with their own words in policies: TCP, UDP and the family's ICMP. */
const OWN: Readonly<Record<Family, PortSet>> = { 4: PortSet.of(1, 6, 17), 6: PortSet.of(6, 17, 58) }

function packets({ protocol, family: only, numbers }: Traffic, family: Family): string[] {
  if (only !== undefined && only !== family) return []
  const name = protocolKeyword(protocol, family)
  switch (protocol) {
    case 'tcp':
    case 'udp':
      return [
        numbers.equals(PortSet.all) ? `meta l4proto ${name}` : `${name} dport ${set(numbers)}`,
      ]
    case 'icmp':
      return [
        numbers.size === 256
          ? `meta l4proto ${name}`
          : `${family === 4 ? 'icmp' : 'icmpv6'} type ${set(numbers)}`,
      ]
    case 'ip': {
      const others = numbers.subtract(OWN[family])
      return others.isEmpty ? [] : [`meta l4proto ${set(others)}`]
    }
    default:
      throw new Error(`unknown protocol ${protocol satisfies never}`)
  }
}

/** Keywords of nft. It knows `ipv6-icmp` only through /etc/protocols. */
const protocolKeyword = (protocol: Protocol, family: Family): string =>
  protocol === 'icmp' && family === 6 ? 'icmpv6' : protocol

function set(numbers: PortSet): string {
  const elements = numbers.ranges.map(({ from, to }: Range) =>
    from === to ? `${from}` : `${from}-${to}`,
  )
  return elements.length === 1 ? elements[0]! : `{ ${elements.join(', ')} }`
}
