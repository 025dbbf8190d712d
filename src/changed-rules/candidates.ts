/** The sent probes that may satisfy the conditions of a rule, most certain first. */

import { type Answer, answerTo, type Packet, type Test } from '../analysis/conditions.ts'
import { hooksOf } from '../analysis/path-hooks.ts'
import { numberOf } from '../net/address.ts'
import { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import { stateOf } from './connection-state.ts'
import type { Sent } from './sent.ts'

export interface Candidate {
  readonly sent: Sent
  readonly number: number
  readonly answer: Answer
  readonly isReply: boolean
}

/** Links by the names of zones. */
export type Links = ReadonlyMap<string, string>

interface Asked {
  readonly tests: readonly Test[]
  readonly hook: string
  readonly links: Links
}

/** At most this many candidates of one rule are tried. */
const MOST_CANDIDATES = 16
/**
 * They are chosen from this many: some of each path, because not all facts of a path are known
 * here.
 */
const MOST_SURE = 256

export function candidatesFor(all: readonly Sent[], asked: Asked): Candidate[] {
  const [sure, unsure]: [Candidate[], Candidate[]] = [[], []]
  for (const sent of all) {
    if (sure.length >= MOST_SURE) break
    for (const isReply of [false, true]) {
      if (!hooksOf(sent, isReply).includes(asked.hook)) continue
      for (const found of numbersFor(sent, asked, isReply))
        (found.answer === 'yes' ? sure : unsure).push(found)
    }
  }
  return [...spread(sure), ...spread(unsure)].slice(0, MOST_CANDIDATES)
}

/** Some of each path, in turn. */
function spread(all: readonly Candidate[]): Candidate[] {
  const paths = Map.groupBy(all, ({ sent, isReply }) => `${sent.from} ${sent.to} ${isReply}`)
  const most = Math.max(0, ...[...paths.values()].map(({ length }) => length))
  return Array.from({ length: Math.min(most, MOST_CANDIDATES) }, (_, i) =>
    [...paths.values()].flatMap((own) => own.slice(i, i + 1)),
  ).flat()
}

function numbersFor(sent: Sent, { tests, links }: Asked, isReply: boolean): Candidate[] {
  const without = packetOf(sent, { links, isReply })
  if (answerTo(tests, without) === 'no') return []
  const wanted = ofStates(wantedOf(sent, tests, isReply), { sent, tests, isReply })
  return someOf(wanted).flatMap((number) => {
    const answer = answerTo(tests, packetOf(sent, { links, isReply, number }))
    return answer === 'no' ? [] : [{ sent, number, answer, isReply }]
  })
}

interface Stated {
  readonly sent: Sent
  readonly tests: readonly Test[]
  readonly isReply: boolean
}

/** Of ICMP, each type is in a state of its own. */
function ofStates(wanted: PortSet, { sent, tests, isReply }: Stated): PortSet {
  const asked = tests.filter(({ kind }) => kind === 'state')
  if (sent.protocol !== 'icmp' || isReply || asked.length === 0) return wanted
  const isOf = (number: number): boolean =>
    answerTo(asked, {
      family: sent.family,
      state: stateOf(sent, number),
      numbers: {},
    }) !== 'no'
  return PortSet.of(...[...wanted].filter(isOf))
}

/** Numbers of the sweep that pass the tests of their own field. */
function wantedOf(sent: Sent, tests: readonly Test[], isReply: boolean): PortSet {
  const field = sweptBy(sent.protocol, isReply)
  let wanted = sent.numbers
  for (const test of tests)
    if (test.kind === 'number' && test.field === field && test.mask === undefined) {
      const own = PortSet.of(
        ...test.intervals.map(([from, to]) => ({ from: Number(from), to: Number(to) })),
      )
      wanted = test.isNot ? wanted.subtract(own) : wanted.intersect(own)
    }
  return wanted
}

const sweptBy = (protocol: Protocol, isReply: boolean): string | undefined => {
  if (protocol === 'ip') return 'protocol'
  if (protocol === 'icmp') return isReply ? undefined : 'icmpType'
  return isReply ? 'sourcePort' : 'destinationPort'
}

function someOf({ ranges }: PortSet): number[] {
  const [first, last] = [ranges[0], ranges.at(-1)]
  if (!first || !last) return []
  const middle = ranges[Math.floor(ranges.length / 2)]!
  return [...new Set([first.from, last.to, middle.from])]
}

const NUMBERS: Readonly<Record<Protocol, (family: Family) => number | undefined>> = {
  tcp: () => 6,
  udp: () => 17,
  icmp: (family) => (family === 4 ? 1 : 58),
  ip: () => undefined,
}
const SYN = 0x02
const SYN_ACK = 0x12

interface Of {
  readonly links: Links
  readonly isReply: boolean
  readonly number?: number
}

/** The probe or its answer. Unknown values are left open. */
function packetOf(sent: Sent, { links, isReply, number }: Of): Packet {
  const { packet, family, protocol, from, to, answer } = sent
  const isError = isReply && answer === 'icmp-error'
  const [source, destination] = [numberOf(packet.source), numberOf(packet.target)]
  const ends = isReply
    ? { in: links.get(to), out: links.get(from) }
    : { in: links.get(from), out: links.get(to) }
  const addresses = isReply ? { source: destination, destination: source } : { source, destination }
  return {
    family,
    state: isReply ? (isError ? 'related' : 'established') : stateOf(sent, number),
    ...ends,
    numbers: without({
      ...addresses,
      protocol: isError ? NUMBERS.icmp(family) : (NUMBERS[protocol](family) ?? number),
      ...(isError ? {} : own({ sent, isReply, number })),
    }),
  }
}

function own({
  sent,
  isReply,
  number,
}: {
  sent: Sent
  isReply: boolean
  number: number | undefined
}) {
  const { protocol, packet } = sent
  if (protocol === 'icmp') return isReply ? {} : { icmpType: number, icmpCode: packet.code ?? 0 }
  const fields = isReply
    ? {}
    : { length: packet.length, ttl: packet.ttl, mark: packet.mark, dscp: packet.dscp ?? 0 }
  if (protocol === 'ip') return fields
  const ports = isReply
    ? { sourcePort: number, destinationPort: packet.sourcePort }
    : { sourcePort: packet.sourcePort, destinationPort: number }
  if (protocol === 'udp') return { ...fields, ...ports }
  return { ...fields, ...ports, tcpFlags: isReply ? SYN_ACK : (packet.flags ?? SYN) }
}

function without<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
