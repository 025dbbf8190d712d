/** The endpoints that a policy distinguishes, and which names cover them. */
import { FIREWALL } from '../lab/lab.ts'
import { ANY, type Endpoint, type Policy } from './policy.ts'

/** The zones in the policy's order, each followed by its hosts. The firewall comes last. */
export function endpointsOf({ zones, hosts }: Pick<Policy, 'zones' | 'hosts'>): Endpoint[] {
  return [
    ...zones.flatMap((zone) => [
      { name: zone, zone },
      ...hosts.filter((host) => host.zone === zone).map(({ name }) => ({ name, zone })),
    ]),
    { name: FIREWALL, zone: FIREWALL },
  ]
}

/** A zone covers all addresses in it, a host only itself. */
export function speaksOf(names: readonly string[], { name, zone }: Endpoint): boolean {
  return names.some((one) => one === ANY || one === name || one === zone)
}
