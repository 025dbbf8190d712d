/** The inventory of an existing netns before a lab is attached, and whether the lab's zones fit. */
import { z } from 'zod'
import type { LabZone } from '../../src/lab/lab.ts'
import type { NetnsContents } from '../contract/lab.ts'
import { ownOf } from '../kernel/addresses.ts'
import { InputError } from '../system/errors.ts'
import { jsonInNetns } from './netns-exec.ts'

const linksSchema = z.array(
  z.object({
    ifname: z.string(),
    link_type: z.string().optional(),
    addr_info: z.array(z.object({ local: z.string().optional() })).optional(),
  }),
)
const routesSchema = z.array(
  z.object({ dst: z.string(), dev: z.string().optional(), gateway: z.string().optional() }),
)
const neighboursSchema = z.array(z.object({ dst: z.string(), dev: z.string() }))
const qdiscsSchema = z.array(z.object({ kind: z.string(), dev: z.string() }))

export interface NetnsInventory extends Pick<NetnsContents, 'links' | 'clsact' | 'routes'> {
  readonly addresses: ReadonlyMap<string, string>
  readonly neighbours: ReadonlyMap<string, string>
  readonly gateways: readonly string[]
}

export function inventoryOf(net: string): NetnsInventory {
  const links = linksSchema.parse(jsonInNetns(net, 'ip', '-j', 'addr', 'show'))
  const shown = ([4, 6] as const).flatMap((family) =>
    routesSchema
      .parse(jsonInNetns(net, 'ip', '-j', `-${family}`, 'route', 'show', 'table', 'main'))
      .map((route) => ({ ...route, family })),
  )
  const routes = shown.map(
    ({ dst, dev, family }) => [prefixOf(dst, family), dev ?? 'none'] as const,
  )
  const qdiscs = qdiscsSchema.parse(jsonInNetns(net, 'tc', '-j', 'qdisc', 'show'))
  const neighbours = neighboursSchema.parse(jsonInNetns(net, 'ip', '-j', 'neigh', 'show'))
  return {
    links: links.map(({ ifname }) => ifname),
    gateways: shown.flatMap(({ gateway }) => gateway ?? []),
    clsact: qdiscs.filter(({ kind }) => kind === 'clsact').map(({ dev }) => dev),
    routes: Object.fromEntries(routes),
    addresses: new Map(
      links.flatMap(({ ifname, addr_info = [] }) =>
        addr_info.flatMap(({ local }) => (local === undefined ? [] : [[local, ifname] as const])),
      ),
    ),
    neighbours: new Map(neighbours.map(({ dst, dev }) => [dst, dev])),
  }
}

/** In the kernel's form: a host route has no length, and the default route has a name. */
function prefixOf(destination: string, family: number): string {
  if (destination === 'default') return family === 4 ? '0.0.0.0/0' : '::/0'
  return destination.includes('/') ? destination : `${destination}/${family === 4 ? 32 : 128}`
}

/** Throws InputError if an address of the lab is already in use. */
export function checkFit(name: string, zones: readonly LabZone[], inventory: NetnsInventory): void {
  for (const zone of zones) {
    const isThere = inventory.links.includes(zone.link)
    for (const { address } of zone.addresses)
      refuse(name, zone, address, whoHas(address, inventory))
    if (!isThere)
      for (const { address } of ownOf(zone)) refuse(name, zone, address, whoHas(address, inventory))
  }
}

function whoHas(
  address: string,
  { addresses, neighbours, gateways }: NetnsInventory,
): string | undefined {
  const gateway = gateways.includes(address) ? 'as a gateway' : undefined
  const at = addresses.get(address) ?? neighbours.get(address)
  return at === undefined ? gateway : `at its interface ${at}`
}

function refuse(name: string, zone: LabZone, address: string, at: string | undefined): void {
  if (at === undefined) return
  throw new InputError(
    `${name} already has ${address}, ${at}: give zone ${zone.name} of the lab addresses that are unused there`,
  )
}
