/** Commands of ip(8) for the links, addresses, neighbours and routes of a lab. */

import type { LabZone } from '../../src/lab/lab.ts'
import type { ZoneAddress } from '../../src/net/address.ts'
import { networkText } from '../../src/net/address.ts'
import type { Command } from '../../src/quote/batch.ts'
import { ownOf } from '../kernel/addresses.ts'
import type { Wiring } from '../wire/wiring.ts'

/** A veth pair. The name of the second link follows. */
export const vethOf = (name: string): Command => [
  ...['link', 'add', 'name', name, 'type', 'veth'],
  ...['peer', 'name'],
]

export function addressCommands({ link, zones }: Wiring): Command[] {
  const own = new Set(
    zones.flatMap(ownOf).map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  )
  return [
    ...[...own].map((address) => ['addr', 'add', address, 'dev', link, 'noprefixroute', 'nodad']),
    ['link', 'set', 'dev', link, 'up'],
  ]
}

export function neighbourCommands(wiring: Wiring): Command[] {
  const { link, hostMac } = wiring
  return hostsOf(wiring).map((host) => [
    ...['neigh', 'add', host, 'lladdr', macText(hostMac)],
    ...['dev', link, 'nud', 'permanent'],
  ])
}

/** Addresses of the host behind a link. */
export function hostsOf({ kind, zones }: Wiring): string[] {
  if (kind === 'none') return []
  return [...new Set(zones.flatMap((zone) => zone.addresses.map(({ address }) => address)))]
}

/** The route to each prefix, through the first host that offers it: `via HOST dev LINK onlink`. */
export function routesOf({ link, kind, zones }: Wiring): Map<string, Command> {
  const routes = new Map<string, Command>()
  if (kind === 'none') return routes
  for (const zone of zones)
    for (const host of zone.addresses)
      for (const prefix of behind(zone, host))
        if (!routes.has(prefix)) routes.set(prefix, ['via', host.address, 'dev', link, 'onlink'])
  return routes
}

/** The prefixes of a family that a host routes. */
function behind(zone: LabZone, host: ZoneAddress): string[] {
  const prefixes = [networkText(host), ...ownOf(zone).map(networkText), ...(zone.routes ?? [])]
  const everything = host.family === 6 ? '::/0' : '0.0.0.0/0'
  return [
    ...prefixes.filter((prefix) => prefix.includes(':') === (host.family === 6)),
    ...(isDefault(zone) ? [everything] : []),
  ]
}

/** By default, the Internet is behind the internet zone. */
function isDefault(zone: LabZone & { readonly kind?: string }): boolean {
  return zone.isDefault ?? zone.kind === 'internet'
}

export function macText(mac: Uint8Array): string {
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}
