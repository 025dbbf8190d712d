/** The parts of `ip -j` output from which a lab is made. */
import { z } from 'zod'
import type { Prefix, ZoneAddress } from '../net/address.ts'
import { isHost, isOrdinary, networkOf, prefixIn } from '../net/prefix.ts'

export interface HostAddress extends ZoneAddress {
  /** The other end of a veth pair or similar link. */
  readonly peer?: Prefix
}

export interface HostLink {
  readonly name: string
  /** The bridge, bond or VRF that it belongs to. */
  readonly master?: string
  /** `bridge`, `vlan`, `wireguard` …; absent for hardware. */
  readonly kind?: string
  readonly isLoopback: boolean
  readonly isUp: boolean
  /** Without loopback, link-local and temporary addresses, which a lab does not use. */
  readonly addresses: readonly HostAddress[]
}

export interface HostRoute {
  readonly to: Prefix
  readonly isDefault: boolean
  readonly link: string | undefined
  readonly gateway: Prefix | undefined
  readonly metric: number
  /** `unicast`, `blackhole` … */
  readonly type: string
}

export interface HostView {
  readonly links: readonly HostLink[]
  readonly routes: readonly HostRoute[]
  /** sysctl → value, for those that exist. */
  readonly settings: Readonly<Record<string, string>>
}

const linkSchema = z.object({
  ifname: z.string(),
  flags: z.array(z.string()).default([]),
  link_type: z.string().default(''),
  master: z.string().optional(),
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
})

const addressSchema = z.object({
  ifname: z.string().optional(),
  addr_info: z
    .array(
      z.object({
        local: z.string().optional(),
        address: z.string().optional(),
        prefixlen: z.number().default(0),
        temporary: z.boolean().optional(),
      }),
    )
    .default([]),
})

const hopSchema = z.object({ gateway: z.string().optional(), dev: z.string().optional() })
const routeSchema = hopSchema.extend({
  type: z.string().default('unicast'),
  dst: z.string(),
  metric: z.number().default(0),
  nexthops: z.array(hopSchema).optional(),
})

/** Parsed output of `ip -j -d link`, `ip -j addr`, `ip -j -4 route` and `ip -j -6 route`. Throws ZodError for anything else. */
export interface IpOutput {
  readonly link: unknown
  readonly addr: unknown
  readonly route4: unknown
  readonly route6: unknown
  readonly settings: Readonly<Record<string, string>>
}

export function hostView({ link, addr, route4, route6, settings }: IpOutput): HostView {
  const addresses = new Map(
    z
      .array(addressSchema)
      .parse(addr)
      .map((one) => [one.ifname, one.addr_info.flatMap(addressOf)]),
  )
  const links = z
    .array(linkSchema)
    .parse(link)
    .map((one): HostLink => {
      const kind = one.linkinfo?.info_kind
      return {
        name: one.ifname,
        ...(one.master === undefined ? {} : { master: one.master }),
        ...(kind === undefined ? {} : { kind }),
        isLoopback: one.link_type === 'loopback',
        isUp: one.flags.includes('UP'),
        addresses: addresses.get(one.ifname) ?? [],
      }
    })
  const routes = [
    ...z
      .array(routeSchema)
      .parse(route4)
      .flatMap((one) => routeOf(one, '0.0.0.0/0')),
    ...z
      .array(routeSchema)
      .parse(route6)
      .flatMap((one) => routeOf(one, '::/0')),
  ]
  return { links, routes, settings }
}

type AddressInfo = z.infer<typeof addressSchema>['addr_info'][number]

function addressOf({ local, address, prefixlen, temporary }: AddressInfo): HostAddress[] {
  const own = local === undefined ? undefined : prefixIn(local)
  if (!own || temporary || !isOrdinary(own)) return []
  const peer = address === undefined ? undefined : prefixIn(address)
  const value = { family: own.family, address: own.address, prefixLength: prefixlen }
  return [{ ...value, ...(peer ? { peer } : {}) }]
}

function routeOf(route: z.infer<typeof routeSchema>, all: string): HostRoute[] {
  const to = prefixIn(route.dst === 'default' ? all : route.dst)
  // Several next hops share the load. The first one is used for all.
  const hop = route.nexthops?.[0] ?? route
  const isDefault = to?.prefixLength === 0
  if (!to || (!isDefault && !isOrdinary(to))) return []
  const gateway = hop.gateway === undefined ? undefined : prefixIn(hop.gateway)
  const { type, metric } = route
  return [{ to: networkOf(to), isDefault, link: hop.dev, gateway: usable(gateway), metric, type }]
}

/** A link-local gateway is reachable over its link only. */
const usable = (gateway: Prefix | undefined): Prefix | undefined =>
  gateway && isHost(gateway) && isOrdinary(gateway) ? gateway : undefined
