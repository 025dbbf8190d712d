/** A firewall on another machine: the wire is interfaces of this machine, one for each zone. */
import { readFileSync } from 'node:fs'
import { type NicTarget, targetName } from '../../src/firewall/target.ts'
import { pathPart } from '../../src/quote/path.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { noteInterfaces } from '../system/files-read.ts'
import type { Provider, ProviderOptions } from './provider.ts'

export function openNics(
  target: NicTarget,
  { zones, rootless, isLoaded }: ProviderOptions,
): Provider {
  const name = targetName(target)
  if (isLoaded)
    throw new InputError(
      `${name}: the firewall is another machine and is tested as it is: leave out the ruleset`,
    )
  mustFit(target, zones)
  noteInterfaces(name, interfacesOf(target))
  if (rootless)
    throw new EnvironmentError(
      `${name}: only root may open raw sockets on this machine's interfaces: ${process.geteuid?.() === 0 ? 'leave --rootless out' : 'run it as root (sudo)'}`,
    )
  return {
    name,
    oneAtATime: true,
    isLoaded: false,
    begin: () => {},
    interrupt: () => {},
    attach: async () => ({
      netns: { kind: 'nic', net: `${process.pid}/ns/net`, interfaces: target.interfaces },
      ready: async () => {},
      ended: async () => undefined,
      leave: async () => {},
    }),
    leave: async () => {},
  }
}

/** The interfaces of this machine. The firewall's own interfaces are unknown. */
function interfacesOf({ interfaces }: NicTarget) {
  const zones = Object.entries(interfaces).sort(([a], [b]) => (a < b ? -1 : 1))
  return zones.map(([zone, name]) => ({ zone, name, address: macOf(name) }))
}

/** Empty if there is no such interface: the lab reports this when it is created. */
function macOf(name: string): string {
  try {
    return readFileSync(`/sys/class/net/${pathPart(name)}/address`, 'utf8').trim()
  } catch {
    return ''
  }
}

/**
 * Every zone has an interface. Zones that share a link share the interface, and other zones do not.
 */
function mustFit({ interfaces }: NicTarget, zones: ProviderOptions['zones']): void {
  const names = new Set(zones.map(({ name }) => name))
  const unknown = Object.keys(interfaces).find((name) => !names.has(name))
  if (unknown !== undefined)
    throw new InputError(`nic: unknown zone ${unknown} (${[...names].join(', ')})`)
  const without = [...names].filter((name) => interfaces[name] === undefined)
  if (without.length > 0)
    throw new InputError(
      `nic: ${without.join(' and ')} ${without.length === 1 ? 'has' : 'have'} no interface: every zone needs one (nic:${without[0]}=eth1,…)`,
    )
  const pairs = zones.map(({ name, link }) => [link, interfaces[name]!] as const)
  for (const one of pairs) for (const other of pairs) mustPair(one, other)
}

type Pair = readonly [link: string, name: string]

function mustPair([link, own]: Pair, [other, theirs]: Pair): void {
  if ((link === other) === (own === theirs)) return
  const names = own === theirs ? own : `${own} and ${theirs}`
  const links = link === other ? `the one link ${link}` : `both ${link} and ${other}`
  throw new InputError(`nic: ${names} cannot be ${links}`)
}
