/** One zone of a lab file → LabZone, with the errors within this zone. */

import ipaddr from 'ipaddr.js'
import type { Path, YamlDocument } from '../input/document.ts'
import type { Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import type { Partly } from '../input/schema-cut.ts'
import type { ZoneAddress } from '../net/address.ts'
import { readAnyPrefix } from '../net/address.ts'
import { bitsOf, contains, isAddress, isOrdinary, networkOf, prefixText } from '../net/prefix.ts'
import type { LabZone } from './lab.ts'
import type { ZoneFile } from './schema.ts'

/** The values of a zone in a file that have the right types. */
export type WrittenLabZone = NonNullable<Partly<ZoneFile>>

/** A zone, and its values in the file. */
export interface ReadZone {
  readonly zone: LabZone
  readonly written: WrittenLabZone
  /** A part of it has an error that is already reported. It is not compared with other zones. */
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

/** Used for a host without a known prefix length. */
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
      message: `the prefix has no free address for the firewall: the prefix length must be at most /${longest}`,
    }
  return standing(read.value)
}

function parse(text: string): Read<ZoneAddress> {
  const [address = '', length, ...more] = text.split('/')
  if (more.length > 0 || !isAddress(address)) return { message: LIKE }
  const family = address.includes(':') ? 6 : 4
  if (length === undefined)
    return {
      message: `the prefix length is missing: write it like ${address}/${family === 6 ? 64 : 24}`,
    }
  const prefixLength = Number(length)
  if (!/^\d+$/.test(length) || prefixLength > bitsOf(family) || prefixLength < 8)
    return { message: `the prefix length must be 8 to ${bitsOf(family)}` }
  return { value: { family, address: ipaddr.parse(address).toString(), prefixLength } }
}

/** Whether an interface can have this address. */
function standing(value: ZoneAddress): Read<ZoneAddress> {
  const { family, address, prefixLength } = value
  if (!isOrdinary({ ...value, prefixLength: bitsOf(family) }))
    return {
      message:
        'is a loopback, link-local, multicast or reserved address: no host of a lab can have it',
    }
  const network = networkOf(value)
  const longest = bitsOf(family) - 1
  if (prefixLength < longest && network.address === address)
    return { message: 'this is the network address: use a host address of the prefix' }
  if (family === 4 && prefixLength < longest && isLast(value))
    return { message: 'this is the broadcast address of the prefix: use a host address' }
  return { value }
}

function isLast({ address, prefixLength }: ZoneAddress): boolean {
  return ipaddr.IPv4.broadcastAddressFromCIDR(`${address}/${prefixLength}`).toString() === address
}

/** Without a prefix length, it gets that of the host behind the link if known. */
function readOwn(text: string, hosts: readonly ZoneAddress[], isKnown: boolean): Read<ZoneAddress> {
  const host = hosts.find(({ family }) => (family === 6) === text.includes(':'))
  const length = host?.prefixLength ?? (isKnown ? undefined : SOME_LENGTH)
  const read = parse(text.includes('/') || length === undefined ? text : `${text}/${length}`)
  if (!('value' in read)) return read
  const { value } = read
  const link = host && networkOf(host)
  if (link && (!contains(link, value) || link.prefixLength !== value.prefixLength))
    return { message: `is outside the link's prefix, ${prefixText(link)}` }
  if (host?.address === value.address)
    return { message: 'belongs to the host behind the link: choose another one' }
  return standing(value)
}

function readRoute(text: string): Read<string> {
  const reading = readAnyPrefix(text)
  if (!reading.ok) return { message: reading.message }
  if (reading.value.prefixLength === 0)
    return { message: 'is the default route: write "default: true" instead' }
  return { value: prefixText(reading.value) }
}
