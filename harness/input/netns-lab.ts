/** The lab of an existing namespace: its own links, and behind each a host with a free address. */

import { targetName } from '../../src/firewall/target.ts'
import { labFromHost } from '../../src/lab/from-host.ts'
import type { LabZone } from '../../src/lab/lab.ts'
import type { ZoneAddress } from '../../src/net/address.ts'
import { hostIn } from '../../src/net/free-prefix.ts'
import { networkOf } from '../../src/net/prefix.ts'
import { readHost } from '../provider/host-network.ts'
import { type ExistingNetns, netnsPath } from '../provider/netns.ts'
import { inventoryOf, type NetnsInventory } from '../provider/netns-inventory.ts'
import { InputError } from '../system/errors.ts'
import type { ChosenLab } from './chosen-lab.ts'

export function labOfNamespace(target: ExistingNetns): ChosenLab {
  const path = netnsPath(target)
  const { plan, reasons, refused } = labFromHost(readHost(path))
  // Without the link, the measurement would silently omit one network of the firewall.
  if (refused.length > 0)
    throw new InputError(
      refused
        .map(
          (one) =>
            `${targetName(target)}: ${one}: rename it, or name a lab file without it (--lab)`,
        )
        .join('\n'),
    )
  const inventory = inventoryOf(path)
  const zones = plan.zones.map((zone) => withStranger(zone, inventory))
  // The namespace keeps its own settings.
  return { plan: { ...plan, zones, sysctls: {} }, reasons: reasons }
}

/** Existing hosts behind the link, such as a gateway, are not disturbed. */
function withStranger(zone: LabZone, inventory: NetnsInventory): LabZone {
  const taken = [
    ...inventory.addresses.keys(),
    ...inventory.neighbours.keys(),
    ...inventory.gateways,
  ]
  return { ...zone, addresses: zone.addresses.flatMap((host) => stranger(host, taken)) }
}

function stranger(host: ZoneAddress, taken: readonly string[]): ZoneAddress[] {
  if (!taken.includes(host.address)) return [host]
  try {
    const free = hostIn(networkOf(host), taken)
    return taken.includes(free.address) ? [] : [free]
  } catch {
    return []
  }
}
