/** A firewall that is another machine: the wire is interfaces of this one, named by zone. */
import { type CardsProvider, providerName } from '../../src/firewall/provider.ts'
import { EnvironmentFailure, InputFailure } from '../system/errors.ts'
import type { Housing, HousingOptions } from './provider.ts'

export function onCards(
  provider: CardsProvider,
  { zones, rootless, isLoaded }: HousingOptions,
): Housing {
  const name = providerName(provider)
  if (isLoaded)
    throw new InputFailure(
      `${name}: the firewall is another machine and is tested as it is, so no ruleset can be given`,
    )
  mustFit(provider, zones)
  if (rootless)
    throw new EnvironmentFailure(
      `${name}: raw sockets on this machine's interfaces are root's: ${process.geteuid?.() === 0 ? 'leave --rootless out' : 'run it as root (sudo)'}`,
    )
  return {
    name,
    oneAtATime: true,
    isLoaded: false,
    begin: () => {},
    interrupt: () => {},
    room: async () => ({
      place: { kind: 'cards', net: `${process.pid}/ns/net`, interfaces: provider.interfaces },
      ready: async () => {},
      ended: async () => undefined,
      leave: async () => {},
    }),
    leave: async () => {},
  }
}

/** Every zone has an interface; zones that share a link share it, and others do not. */
function mustFit({ interfaces }: CardsProvider, zones: HousingOptions['zones']): void {
  const names = new Set(zones.map(({ name }) => name))
  const unknown = Object.keys(interfaces).find((name) => !names.has(name))
  if (unknown !== undefined)
    throw new InputFailure(`--wire: there is no zone ${unknown} (${[...names].join(', ')})`)
  const without = [...names].filter((name) => interfaces[name] === undefined)
  if (without.length > 0)
    throw new InputFailure(
      `--wire: ${without.join(' and ')} ${without.length === 1 ? 'has' : 'have'} no interface: every zone needs one (--wire ${without[0]}=eth1)`,
    )
  const pairs = zones.map(({ name, link }) => [link, interfaces[name]!] as const)
  for (const [link, own] of pairs)
    for (const [other, theirs] of pairs)
      if ((link === other) !== (own === theirs))
        throw new InputFailure(
          `--wire: ${own}${own === theirs ? '' : ` and ${theirs}`} cannot be ${link === other ? `the one link ${link}` : `both ${link} and ${other}`}`,
        )
}
