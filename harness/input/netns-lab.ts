/** The lab of a namespace that exists: its own links, and behind each a host whose addresses nobody has. */

import { providerName } from '../../src/firewall/provider.ts'
import { labFromHost } from '../../src/lab/from-host.ts'
import type { LabZone } from '../../src/lab/lab.ts'
import type { ZoneAddress } from '../../src/net/address.ts'
import { hostIn } from '../../src/net/free-prefix.ts'
import { networkOf } from '../../src/net/prefix.ts'
import { readHost } from '../provider/host-network.ts'
import { type Existing, pathOf } from '../provider/netns.ts'
import { type Survey, surveyOf } from '../provider/netns-inventory.ts'
import { InputFailure } from '../system/errors.ts'
import type { ChosenLab } from './chosen-lab.ts'

export function labOfNamespace(provider: Existing): ChosenLab {
  const path = pathOf(provider)
  const { plan, told, refused } = labFromHost(readHost(path))
  // Left out, it would be a side of the firewall that nothing is said of.
  if (refused.length > 0)
    throw new InputFailure(
      refused
        .map((one) => `${providerName(provider)}: ${one}; rename it, or leave it out by a lab file`)
        .join('\n'),
    )
  const survey = surveyOf(path)
  const zones = plan.zones.map((zone) => withStranger(zone, survey))
  // Its settings are its own: none is set.
  return { plan: { ...plan, zones, sysctls: {} }, told }
}

/** A gateway, or whoever else is there, goes on with what it does. */
function withStranger(zone: LabZone, survey: Survey): LabZone {
  const taken = [...survey.addresses.keys(), ...survey.neighbours.keys(), ...survey.gateways]
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
