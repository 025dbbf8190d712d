/**
 * Changes of one rule that are made to rulesets nobody here wrote: each says what
 * it may change, which is what a comparison must find, and all that it may find.
 */

import type { Firewall } from '../../src/firewall/firewall.ts'
import { FIREWALL } from '../../src/lab/lab.ts'
import type { AddressedPacket } from '../../src/net/packet-fields.ts'
import type { Range } from '../../src/net/port-set.ts'
import { FAMILIES, type Family, type Protocol } from '../../src/net/protocol.ts'
import type { BaseChain, Hook, RuleFacts } from '../../src/nft/facts.ts'
import type { DiffTable } from '../../src/result/diff.ts'

/** A kind of change. Two verdicts are tried: one of them changes nothing where the ruleset says it already. */
export interface Kind {
  readonly name: string
  readonly hooks: readonly Hook[]
  /** What the rule asks for; undefined where it cannot be asked in such a table. */
  readonly asks: (chain: BaseChain) => string | undefined
  readonly verdicts: readonly string[]
  readonly protocol: Protocol
  /** Numbers that are probed to see what it changes; any others have the same rules as before. */
  readonly numbers: readonly Range[]
  /** What its packets are like beside that. */
  readonly fields: Partial<AddressedPacket>
  /** Whether a combination of the comparison is about such packets. */
  readonly isAbout: (packet: AddressedPacket) => boolean
}

export interface Change {
  readonly kind: Kind
  readonly chain: BaseChain
  /** As nft takes it. */
  readonly text: string
}

const anywhere: readonly Hook[] = ['input', 'forward', 'output']
const always = (): boolean => true
const one = (number: number): readonly Range[] => [{ from: number, to: number }]
const ofFamily = ({ family }: BaseChain, v4: string, v6: string): string | undefined =>
  family === 'ip6' ? v6 : family === 'ip' || family === 'inet' ? v4 : undefined

const STRANGER = '198.51.100.77'
const LONG = 1111

/** Numbers that no ruleset in the wild is likely to name. */
export const KINDS: readonly Kind[] = [
  {
    name: 'a TCP port',
    hooks: anywhere,
    asks: () => 'tcp dport 47123',
    verdicts: ['accept', 'drop'],
    protocol: 'tcp',
    numbers: one(47123),
    fields: {},
    isAbout: always,
  },
  {
    name: 'a UDP port, rejected',
    hooks: anywhere,
    asks: () => 'udp dport 47124',
    verdicts: ['reject', 'accept'],
    protocol: 'udp',
    numbers: one(47124),
    fields: {},
    isAbout: always,
  },
  {
    name: 'a source port',
    hooks: anywhere,
    asks: () => 'tcp sport 47125',
    verdicts: ['accept', 'drop'],
    protocol: 'tcp',
    numbers: [{ from: 0, to: 65535 }],
    fields: { sourcePort: 47125 },
    // What is sent to that port is answered from it.
    isAbout: always,
  },
  {
    name: 'a source address',
    hooks: ['input', 'forward'],
    asks: (chain) => (chain.family === 'ip6' ? undefined : `ip saddr ${STRANGER} tcp dport 47126`),
    verdicts: ['accept', 'drop'],
    protocol: 'tcp',
    numbers: one(47126),
    fields: { source: STRANGER },
    isAbout: ({ source }) => source === STRANGER,
  },
  {
    name: 'an IP protocol',
    hooks: anywhere,
    asks: () => 'meta l4proto 99',
    verdicts: ['accept', 'drop'],
    protocol: 'ip',
    numbers: one(99),
    fields: {},
    isAbout: always,
  },
  {
    name: 'an ICMP type',
    hooks: anywhere,
    asks: (chain) => ofFamily(chain, 'icmp type timestamp-request', 'icmpv6 type 139'),
    verdicts: ['accept', 'drop'],
    protocol: 'icmp',
    numbers: [...one(13), ...one(139)],
    fields: {},
    isAbout: always,
  },
  {
    name: 'a packet length',
    hooks: anywhere,
    asks: () => `meta length ${LONG} udp dport 47127`,
    verdicts: ['accept', 'drop'],
    protocol: 'udp',
    numbers: one(47127),
    fields: { length: LONG },
    isAbout: ({ length }) => length === LONG,
  },
  {
    name: 'a redirection',
    hooks: ['prerouting'],
    asks: (chain) => (chain.type === 'nat' ? 'tcp dport 47128' : undefined),
    verdicts: ['redirect to :47129'],
    protocol: 'tcp',
    numbers: one(47128),
    fields: {},
    isAbout: always,
  },
]

/** The rule in front of all others of the first chain that it can stand in, with each of its verdicts. */
export function changesOf(kind: Kind, { bases }: RuleFacts): Change[] {
  const wanted = kind.hooks.flatMap((hook) =>
    bases
      .filter((base) => base.hook === hook && ['ip', 'ip6', 'inet'].includes(base.family))
      .filter((base) => base.type === (kind.name === 'a redirection' ? 'nat' : 'filter'))
      .sort((a, b) => a.priority - b.priority),
  )
  const chain = wanted.find((base) => kind.asks(base) !== undefined)
  if (!chain) return []
  return kind.verdicts.map((verdict) => ({
    kind,
    chain,
    text: `insert rule ${chain.family} ${chain.table} ${chain.name} ${kind.asks(chain)} ${verdict}\n`,
  }))
}

export function changed(firewall: Firewall, { text }: Change): Firewall {
  const file = 'change'
  const part = { kind: 'nft', file, text, stretches: [{ from: 1, file, line: 1 }] } as const
  return { origin: `${firewall.origin} and a rule`, parts: [...firewall.parts, part] }
}

export function familiesOf({ chain, kind }: Change): readonly Family[] {
  if (chain.family === 'ip' || kind.name === 'a source address') return [4]
  return chain.family === 'ip6' ? [6] : FAMILIES
}

/** What is known of the firewall and its lab, to say which way packets go there. */
export interface Ways {
  /** The firewall's own addresses. */
  readonly own: ReadonlySet<string>
  /** Where destinations are translated, a packet may go any way. */
  readonly translates: boolean
}

/** Whether a table's change can come from this rule and no other. */
export function isRowWithin(change: Change, ways: Ways, table: DiffTable, row: Range): boolean {
  const { kind, chain } = change
  const { protocol, family, packet } = table
  if (!familiesOf(change).includes(family) || !mayPass(chain.hook, table, ways)) return false
  if (protocol !== kind.protocol && protocol !== 'ip') return false
  if (protocol === 'ip' && kind.protocol !== 'ip') return isCarried(kind.protocol, family, row)
  return (
    kind.isAbout(packet) && kind.numbers.some((own) => own.from <= row.from && row.to <= own.to)
  )
}

/** What is sent to another link's address of the firewall is for the firewall. */
function mayPass(hook: Hook, { from, to, packet }: DiffTable, { own, translates }: Ways): boolean {
  return translates || passes(hook, from, own.has(packet.target) ? FIREWALL : to)
}

/** A sweep of IP protocols sends one packet of each that has sweeps of its own. */
function isCarried(protocol: Protocol, family: Family, { from, to }: Range): boolean {
  const number = { tcp: 6, udp: 17, icmp: family === 4 ? 1 : 58, ip: -1 }[protocol]
  return from === number && to === number
}

/** Whether packets of a path, or the answers to them, come through a hook. */
export function passes(hook: Hook, from: string, to: string): boolean {
  const own = from === FIREWALL || to === FIREWALL
  if (hook === 'forward') return !own
  return hook === 'prerouting' ? from !== FIREWALL : own
}
