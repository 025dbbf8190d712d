/**
 * A wire whose links are network interfaces (NICs) of this machine. The firewall under test is
 * another machine.
 *
 *     this machine                                  the firewall's machine
 *       shop      eth1  ◄══ cable, switch, virtual network ══►  shop0
 *       internet  eth2  ◄═══════════════════════════════════►   wan0
 *
 * Nothing is configured here: frames are read and written on the interfaces. The firewall resolves
 * its neighbours, so the host of each zone announces itself and answers for its address. Frames
 * take time, so the wire waits for them.
 */

import { FIREWALL } from '../../src/lab/lab.ts'
import type { Family } from '../../src/net/protocol.ts'
import { shellWord } from '../../src/quote/shell.ts'
import type { LabNetns, PathSpec } from '../contract/lab.ts'
import { addressText, bytesOf, gatewayOf, ownOf, zoneAddressOf } from '../kernel/addresses.ts'
import type { Netns } from '../kernel/netns.ts'
import { EnvironmentError } from '../system/errors.ts'
import type { Link } from '../wire/link.ts'
import { question, readNeighbour, reply } from '../wire/neighbours.ts'
import { Wire, type WireEnd } from '../wire/wire.ts'
import type { Wiring } from '../wire/wiring.ts'
import { linksHere } from './interfaces.ts'

export type NicNetns = Extract<LabNetns, { readonly kind: 'nic' }>

/** The time limit and the number of requests for the firewall's address. */
const QUESTIONS = 6
const ASKED_FOR_MS = 500
/** Factor for the slowest answer: the time limit of a frame through a busy firewall. */
const MANY = 8
const LEAST_PATIENCE_MS = 40
const LEAST_PAUSE_MS = 2

/**
 * The wirings with the names and addresses of the NICs. The firewall's addresses are learnt later.
 */
export function wiringsOnNics(
  wirings: readonly Wiring[],
  { interfaces }: NicNetns,
  home: Netns,
): Wiring[] {
  const there = home.run(() => linksHere())
  return wirings.map((wiring) => {
    const name = interfaces[wiring.zones[0]!.name]!
    const link = there.get(name)
    if (!link) throw new EnvironmentError(`nic: this machine has no interface ${name}`)
    mustBeQuiet(name, link, wiring)
    return { ...wiring, wire: name, hostMac: link.mac, firewallMac: Buffer.alloc(6) }
  })
}

type Here = NonNullable<ReturnType<ReturnType<typeof linksHere>['get']>>

/** This machine's own kernel would answer as well, or forward what it receives. */
function mustBeQuiet(name: string, { isUp, forwards, addresses }: Here, { zones }: Wiring): void {
  if (!isUp)
    throw new EnvironmentError(
      `nic: ${name} is down, or has no cable (ip link set ${shellWord(name)} up)`,
    )
  if (forwards)
    throw new EnvironmentError(
      `nic: this machine forwards packets from ${name}: run sysctl -w ${[4, 6].map((family) => shellWord(`${sysctlOf(name, family)}=0`)).join(' ')}`,
    )
  const own = zones
    .flatMap((zone) => zone.addresses)
    .find(({ address }) => addresses.includes(address))
  if (own)
    throw new EnvironmentError(
      `nic: ${name} has the address ${own.address}, which belongs to the wire, so this machine's kernel would also answer: remove it (ip addr del ${own.address}/${own.prefixLength} dev ${shellWord(name)})`,
    )
}

/** The dots of a link's name are written as slashes (sysctl(8)). */
const sysctlOf = (link: string, family: number): string =>
  `net.ipv${family}.conf.${link.replaceAll('.', '/')}.forwarding`

/** Opens the wire on the NICs. Hosts and firewall learn each other's link addresses. */
export function openNicWire(
  family: Family,
  wirings: readonly Wiring[],
  home: Netns,
  longest?: number,
): Wire {
  const wire = home.run(() => new Wire(family, wirings, longest, answering(family)))
  try {
    const took = wire.ends
      .filter(({ address }) => address.some((byte) => byte !== 0))
      .map((end) => introduce(wire, end, wirings))
    const slowest = Math.max(0, ...took)
    wire.patience = {
      lastMs: Math.max(LEAST_PATIENCE_MS, Math.ceil(MANY * slowest)),
      betweenMs: Math.max(LEAST_PAUSE_MS, Math.ceil(2 * slowest)),
    }
    return wire
  } catch (error) {
    wire.close()
    throw error
  }
}

/** Each end answers for its own address. */
function answering(family: Family) {
  return (ends: readonly WireEnd[], link: Link, frame: Buffer): void => {
    const message = readNeighbour(frame, family)
    if (message?.kind !== 'asks') return
    const asked = ends.find(({ address }) => message.address.equals(address))
    // A host that checks for duplicates has no address yet (RFC 5227, RFC 4862).
    if (!asked || message.from.every((byte) => byte === 0)) return
    put(link, reply(family, asked, { mac: message.mac, address: message.from }))
  }
}

/** The time until the firewall's answer, in milliseconds. */
function introduce(wire: Wire, end: WireEnd, wirings: readonly Wiring[]): number {
  const { family } = wire
  const wiring = wirings.find(({ wire: name }) => name === end.link.name)!
  const gateway = gatewayFor(wiring, end.zone, family)
  for (let i = 0; i < QUESTIONS; i++) {
    const asked = performance.now()
    put(end.link, question(family, end, bytesOf(gateway)))
    const mac = answerTo(wire, bytesOf(gateway))
    if (!mac) continue
    wiring.firewallMac.set(mac)
    return performance.now() - asked
  }
  throw new EnvironmentError(
    `nic: no answer from ${gateway} on ${end.link.name} (request from ${addressText(end.address)}): the firewall must have this address on its link to zone ${end.zone}`,
  )
}

function gatewayFor({ zones }: Wiring, name: string, family: Family): string {
  const zone = zones.find((one) => one.name === name)!
  const own = ownOf(zone).find((one) => one.family === family)
  return own?.address ?? gatewayOf(zoneAddressOf(zone, family)!)
}

function answerTo(wire: Wire, gateway: Buffer): Buffer | undefined {
  let mac: Buffer | undefined
  wire.listen(ASKED_FOR_MS, (frame) => {
    const message = readNeighbour(frame, wire.family)
    if (message?.kind === 'tells' && message.address.equals(gateway)) mac = Buffer.from(message.mac)
    return mac !== undefined
  })
  return mac
}

function put(link: Link, frame: Buffer): void {
  const at = link.slot()
  link.data.set(frame, at)
  link.commit(frame.length)
}

/** Paths that an observer outside the firewall cannot see or cannot rely on. */
export class NoRedirect {
  readonly #probed = new Set<string>()

  /** Throws EnvironmentError for such a path. */
  ensure({ from, to, source, target }: PathSpec): void {
    if (from === FIREWALL || to === FIREWALL)
      throw new EnvironmentError(
        `nic: traffic from and to the firewall itself is invisible from outside: probe from zone to zone (--from, --to)`,
      )
    if (this.#probed.has(`${target} ${source}`))
      throw new EnvironmentError(
        `nic: ${to} → ${from} was probed before ${from} → ${to}, andthe firewall may still track those flows: probe each direction in its own run (--from)`,
      )
    this.#probed.add(`${source} ${target}`)
  }
}
