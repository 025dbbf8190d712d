/** One zone of a lab file → LabZone; what is wrong with it alone is told. */
import ipaddr from 'ipaddr.js'
import type { Path, YamlDocument } from '../input/document.ts'
import type { Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import type { Partly } from '../input/schema-cut.ts'
import type { ZoneAddress } from '../net/address.ts'
import { readAnyPrefix } from '../net/address.ts'
import { bitsOf, contains, isOrdinary, networkOf, textOf } from '../net/prefix.ts'
import type { LabZone } from './lab.ts'
import type { ZoneFile } from './schema.ts'

/** What a file says of a zone, as far as it is of the right type. */
export type WrittenLabZone = NonNullable<Partly<ZoneFile>>

/** A zone, and what its file says of it. */
export interface ReadZone {
  readonly zone: LabZone
  readonly written: WrittenLabZone
  /** A part of it is wrong, which is told already: it is not held against the rest. */
  readonly isBroken: boolean
}

export class ZoneReader {
  readonly problems: Problem[] = []
  readonly #document: YamlDocument

  constructor(document: YamlDocument) {
    this.#document = document
  }

  read(name: string, written: WrittenLabZone): ReadZone {
    const path = ['zones', name]
    const addresses = this.#each(written.addresses ?? [], [...path, 'addresses'], readAddress)
    const isKnown = addresses.length === (written.addresses ?? []).length
    const own =
      written.own &&
      this.#each(written.own, [...path, 'own'], (text) => readOwn(text, addresses, isKnown))
    const routes = written.routes && this.#each(written.routes, [...path, 'routes'], readRoute)
    const zone: LabZone = {
      name,
      link: written.link ?? name,
      ...(written.kind === undefined ? {} : { linkKind: written.kind }),
      addresses,
      ...(own === undefined ? {} : { own }),
      ...(routes === undefined ? {} : { routes }),
      ...(written.default === undefined ? {} : { isDefault: written.default }),
    }
    const isCut = Object.values(written).includes(undefined)
    const isBroken = isCut || !isKnown || own?.length !== written.own?.length
    return { zone, written, isBroken }
  }

  #each<T>(
    texts: readonly (string | undefined)[],
    path: Path,
    read: (text: string) => Read<T>,
  ): T[] {
    return texts.flatMap((text, i) => {
      if (text === undefined) return []
      const reading = read(text)
      if ('value' in reading) return [reading.value]
      const what = `${SINGULAR[String(path.at(-1))]} ${quoted(text)}`
      const at = this.#document.place([...path, i])
      this.problems.push({ at, message: `${what}: ${reading.message}` })
      return []
    })
  }
}

/** Stands for the length of a host's prefix that is not known. */
const SOME_LENGTH = 24

const SINGULAR: Readonly<Record<string, string>> = {
  addresses: 'address',
  own: 'own address',
  routes: 'route',
}

type Read<T> = { readonly value: T } | { readonly message: string }

const LIKE = 'must be an address with its prefix length, like 10.20.1.10/24 or 2001:db8:20:1::10/64'

function readAddress(text: string): Read<ZoneAddress> {
  const read = parse(text)
  if (!('value' in read)) return read
  const { family, prefixLength } = read.value
  const longest = family === 4 ? 30 : 126
  if (prefixLength > longest)
    return {
      message: `the prefix must leave room for the firewall's own address: at most /${longest}`,
    }
  return standing(read.value)
}

function parse(text: string): Read<ZoneAddress> {
  const [address = '', length, ...more] = text.split('/')
  if (more.length > 0 || !isAddress(address)) return { message: LIKE }
  const family = address.includes(':') ? 6 : 4
  if (length === undefined)
    return { message: `the prefix length is missing, as in ${address}/${family === 6 ? 64 : 24}` }
  const prefixLength = Number(length)
  if (!/^\d+$/.test(length) || prefixLength > bitsOf(family) || prefixLength < 8)
    return { message: `the prefix length must be 8 to ${bitsOf(family)}` }
  return { value: { family, address: ipaddr.parse(address).toString(), prefixLength } }
}

function isAddress(text: string): boolean {
  return text.includes(':')
    ? ipaddr.IPv6.isValid(text) && !text.includes('%')
    : ipaddr.IPv4.isValidFourPartDecimal(text)
}

/** Whether an interface can have it. */
function standing(value: ZoneAddress): Read<ZoneAddress> {
  const { family, address, prefixLength } = value
  if (!isOrdinary({ ...value, prefixLength: bitsOf(family) }))
    return {
      message:
        'is a loopback, link-local, multicast or reserved address, which no host here can have',
    }
  const network = networkOf(value)
  const longest = bitsOf(family) - 1
  if (prefixLength < longest && network.address === address)
    return { message: 'that is the network itself, not a host in it' }
  if (family === 4 && prefixLength < longest && isLast(value))
    return { message: 'that is the broadcast address of the prefix' }
  return { value }
}

function isLast({ address, prefixLength }: ZoneAddress): boolean {
  return ipaddr.IPv4.broadcastAddressFromCIDR(`${address}/${prefixLength}`).toString() === address
}

/** Without a prefix length it has that of the host behind the link, if that is known. */
function readOwn(text: string, hosts: readonly ZoneAddress[], isKnown: boolean): Read<ZoneAddress> {
  const host = hosts.find(({ family }) => (family === 6) === text.includes(':'))
  const length = host?.prefixLength ?? (isKnown ? undefined : SOME_LENGTH)
  const read = parse(text.includes('/') || length === undefined ? text : `${text}/${length}`)
  if (!('value' in read)) return read
  const { value } = read
  const link = host && networkOf(host)
  if (link && (!contains(link, value) || link.prefixLength !== value.prefixLength))
    return { message: `is outside the link's prefix, ${textOf(link)}` }
  if (host?.address === value.address) return { message: 'is that of the host behind the link' }
  return standing(value)
}

function readRoute(text: string): Read<string> {
  const reading = readAnyPrefix(text)
  if (!reading.ok) return { message: reading.message }
  if (reading.value.prefixLength === 0)
    return { message: 'is the default route: say "default: true" instead' }
  return { value: textOf(reading.value) }
}
