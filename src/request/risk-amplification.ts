/** UDP services whose answers are larger than the requests, each with its reference. */
import { PortSet } from '../net/port-set.ts'
import type { RiskEntry } from './risk-entry.ts'

export const ALERT = 'CISA alert TA14-017A, "UDP-Based Amplification Attacks"'
const NOTICE =
  'FBI Private Industry Notification, July 2020, on CoAP, WS-DD and ARMS in denial-of-service attacks'
const SLP = 'CVE-2023-29552; CISA alert of 2023-04-25 on SLP in denial-of-service attacks'
/** Name, ports, content of the answer, reference. */
type Amplifier = readonly [id: string, name: string, ports: PortSet, how: string, source: string]

const AMPLIFIERS: readonly Amplifier[] = [
  ['qotd', 'QOTD', PortSet.of(17), 'a quotation', `${ALERT}; RFC 865`],
  ['chargen', 'CharGEN', PortSet.of(19), 'a stream of characters', `${ALERT}; RFC 864`],
  ['dns', 'DNS', PortSet.of(53), 'a large record', `${ALERT}; RFC 5358 (BCP 140)`],
  ['tftp', 'TFTP', PortSet.of(69), 'a block of a file, sent again and again', ALERT],
  ['portmap', 'portmap (RPC)', PortSet.of(111), 'the list of RPC services', ALERT],
  ['ntp', 'NTP', PortSet.of(123), 'a list of clients', `${ALERT}; RFC 8633 (BCP 223)`],
  ['netbios-ns', 'NetBIOS name service', PortSet.of(137), 'a table of names', ALERT],
  ['snmp', 'SNMP', PortSet.of(161), 'a table of values (GetBulk)', ALERT],
  ['cldap', 'LDAP without connection', PortSet.of(389), "a directory's attributes", ALERT],
  ['slp', 'SLP', PortSet.of(427), 'a list of services', SLP],
  ['rip', 'RIP version 1', PortSet.of(520), 'a routing table', ALERT],
  ['ssdp', 'SSDP', PortSet.of(1900), 'a description of every service', ALERT],
  ['arms', 'Apple Remote Management', PortSet.of(3283), 'a description of the host', NOTICE],
  ['ws-discovery', 'WS-Discovery', PortSet.of(3702), 'a description of the device', NOTICE],
  ['mdns', 'multicast DNS', PortSet.of(5353), 'a list of services', `${ALERT}; RFC 6762`],
  ['coap', 'CoAP', PortSet.of(5683), 'a list of resources', `RFC 7252 §11.3; ${NOTICE}`],
  [
    'memcached',
    'memcached',
    PortSet.of(11211),
    'a stored value, thousands of times as large',
    ALERT,
  ],
  ['kad', 'Kad', PortSet.of(4672), 'a list of peers', ALERT],
  ['steam', 'Steam protocol', PortSet.of(27015), "a game server's state", ALERT],
  ['quake', 'Quake protocol', PortSet.of(27960), "a game server's state", ALERT],
]

export const AMPLIFICATION = AMPLIFIERS.map(
  ([id, name, ports, how, source]): RiskEntry => ({
    id,
    kind: 'amplification',
    title: `Amplification: ${name}`,
    protocols: ['udp'],
    ports,
    reason: `The answer to a small request is ${how}. The project can reach such servers. It can direct their answers at a victim only if the firewall forwards spoofed source addresses (scenario spoofed-source).`,
    source,
  }),
)
