/** What a statement allows or denies, as policy files write it: `tcp/80`, `udp/53,123`, `icmp/echo-request`, `ip/gre`, `tcp`, `any`. */

import { quoted } from '../input/quoted.ts'
import { suggestion } from '../input/suggestion.ts'
import { IP_PROTOCOLS } from '../net/names.ts'
import { FAMILIES, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import {
  type NumbersReading,
  readPorts,
  readProtocols,
  readTypes,
  type TypesByFamily,
} from './numbers.ts'
import type { Traffic } from './policy.ts'
import { EVERYTHING, whole } from './statements.ts'

export type TrafficReading = NumbersReading<readonly Traffic[]>

export const TRAFFIC_HINT =
  '"tcp/80", "udp/53,1000-2000", "icmp/echo-request", "ip/gre", "tcp", "any"; or a list of these'

const WORDS = [...PROTOCOLS, 'any']

/** One text or a list of texts. */
export function readTraffic(value: unknown): TrafficReading {
  const items = Array.isArray(value) ? value : [value]
  if (items.length === 0) return no(`[]: must be ${TRAFFIC_HINT}`)
  const readings = items.map(readItem)
  const wrong = readings.find((reading) => !reading.ok)
  if (wrong) return wrong
  return { ok: true, value: readings.flatMap((reading) => (reading.ok ? reading.value : [])) }
}

const no = (message: string): { readonly ok: false; readonly message: string } => ({
  ok: false,
  message,
})

function readItem(item: unknown): TrafficReading {
  const said = quoted(item)
  if (typeof item !== 'string') return no(`${said}: must be ${TRAFFIC_HINT}`)
  if (item === 'any') return { ok: true, value: EVERYTHING }
  const slash = item.indexOf('/')
  const name = slash < 0 ? item : item.slice(0, slash)
  const protocol = PROTOCOLS.find((known) => known === name)
  if (!protocol) return no(`${said}: ${unknown(name)}`)
  if (slash >= 0) return within(item, protocol, item.slice(slash + 1))
  if (protocol === 'ip')
    return no(`${said}: write "any" for every packet, or name the protocols: "ip/gre", "ip/47"`)
  return { ok: true, value: [whole(protocol)] }
}

function unknown(name: string): string {
  const lower = name.toLowerCase()
  if (WORDS.includes(lower)) return `write it in lower-case letters, ${quoted(lower)}`
  if (IP_PROTOCOLS[lower] !== undefined) return `write "ip/${lower}"`
  if (/^icmp-?v?6$/.test(lower)) return 'write "icmp": it means ICMPv6 over IPv6'
  if (/^\d/.test(name)) return `the protocol is missing: write it like "tcp/${name}"`
  return `unknown protocol${suggestion(name, WORDS)}`
}

function within(item: string, protocol: Protocol, text: string): TrafficReading {
  switch (protocol) {
    case 'tcp':
    case 'udp':
      return named(item, readPorts(text), (numbers) => [{ protocol, numbers }])
    case 'icmp':
      return named(item, typesIn(text), (types) =>
        FAMILIES.filter((family) => !types[family].isEmpty).map((family) => ({
          protocol,
          family,
          numbers: types[family],
        })),
      )
    case 'ip':
      return named(item, readProtocols(listIn(text)), (numbers) => [{ protocol, numbers }])
    default:
      throw new Error(`unknown protocol ${protocol satisfies never}`)
  }
}

const listIn = (text: string): string[] => text.split(',').map((part) => part.trim())

function typesIn(text: string): NumbersReading<TypesByFamily> {
  if (/^\d/.test(text))
    return no(
      `${text}: the types of the two families differ: write the name (echo-request), or "icmp/ipv4/${text}", "icmp/ipv6/${text}"`,
    )
  return readTypes(listIn(text))
}

/** A reader's message names only its part of the text. This adds the whole. */
function named<T>(
  item: string,
  reading: NumbersReading<T>,
  traffic: (value: T) => readonly Traffic[],
): TrafficReading {
  if (reading.ok) return { ok: true, value: traffic(reading.value) }
  const part = /^("[^"]*"): /.exec(reading.message)
  const why = part ? reading.message.slice(part[0].length) : reading.message
  return no(`${quoted(item)}: ${why}`)
}
