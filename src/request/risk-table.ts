/** What ports are known to be misused for, each with its reason and where that is written. */
import { PortSet } from '../ports.ts'
import type { PortProtocol } from './request.ts'

export type RiskKind =
  | 'size'
  | 'spam'
  | 'amplification'
  | 'file-sharing'
  | 'remote-desktop'
  | 'irc'
  | 'telnet'

/** Ports of well-known services whose opening outwards is a risk. */
export interface RiskEntry {
  /** Lower-case letters, digits and hyphens; no two entries have the same. */
  readonly id: string
  readonly kind: RiskKind
  readonly title: string
  readonly protocols: readonly PortProtocol[]
  readonly ports: PortSet
  /** One or two plain sentences. */
  readonly reason: string
  readonly source: string
}

const BOTH = ['tcp', 'udp'] as const
const TCP = ['tcp'] as const
const UDP = ['udp'] as const

const ALERT = 'CISA alert TA14-017A, "UDP-Based Amplification Attacks"'
const NOTICE =
  'FBI Private Industry Notification, July 2020, on CoAP, WS-DD and ARMS in denial-of-service attacks'
const SMB = 'CISA, "SMB Security Best Practices", 2017-01-16'
const IANA = 'IANA Service Name and Transport Protocol Port Number Registry'

const SPAM: readonly RiskEntry[] = [
  {
    id: 'smtp',
    kind: 'spam',
    title: 'Spam: mail straight to any mail server (SMTP)',
    protocols: TCP,
    ports: PortSet.of(25),
    reason:
      "Port 25 hands mail to strangers' servers without a login. One misused application sends spam until the platform's addresses are on block lists.",
    source: 'RFC 5068 (BCP 134); RFC 5321 §7.1',
  },
  {
    id: 'submission',
    kind: 'spam',
    title: 'Spam: mail by way of a provider (submission)',
    protocols: TCP,
    ports: PortSet.of(465, 587),
    reason:
      'Submission needs a login, so that the provider can stop a sender. Stolen logins are misused for spam all the same.',
    source: 'RFC 5068 (BCP 134); RFC 6409; RFC 8314',
  },
]

/** Name, ports, how the answer grows, and the reference. */
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
  ['steam', 'Steam protocol', PortSet.of(27015), "a game server's state", ALERT],
  ['quake', 'Quake protocol', PortSet.of(27960), "a game server's state", ALERT],
]

const AMPLIFICATION = AMPLIFIERS.map(
  ([id, name, ports, how, source]): RiskEntry => ({
    id,
    kind: 'amplification',
    title: `Amplification: ${name}`,
    protocols: UDP,
    ports,
    reason: `A small request under a forged sender is answered with ${how}. Open outwards, the project can set such servers on a victim.`,
    source,
  }),
)

const FILES: readonly RiskEntry[] = [
  {
    id: 'smb',
    kind: 'file-sharing',
    title: 'File sharing: SMB',
    protocols: TCP,
    ports: PortSet.of(139, 445),
    reason:
      'Worms spread by SMB, and logins leak to whatever server asks for them. It is advised to block it at the boundary of a network.',
    source: SMB,
  },
  {
    id: 'netbios',
    kind: 'file-sharing',
    title: 'File sharing: NetBIOS',
    protocols: UDP,
    ports: PortSet.of({ from: 137, to: 138 }),
    reason:
      'Names and logins of a local network leave it. It belongs to SMB and is blocked with it.',
    source: SMB,
  },
  {
    id: 'nfs',
    kind: 'file-sharing',
    title: 'File sharing: NFS',
    protocols: BOTH,
    ports: PortSet.of(2049),
    reason:
      'Files travel unencrypted unless the server is set up otherwise, and with AUTH_SYS it believes who the client says it is.',
    source: 'RFC 8881; RFC 5531 (AUTH_SYS)',
  },
  {
    id: 'afp',
    kind: 'file-sharing',
    title: 'File sharing: AFP',
    protocols: TCP,
    ports: PortSet.of(548),
    reason:
      'A file service for local networks, which an application seldom needs across the Internet.',
    source: `${IANA}: afpovertcp`,
  },
  {
    id: 'ftp',
    kind: 'file-sharing',
    title: 'File sharing: FTP',
    protocols: TCP,
    ports: PortSet.of({ from: 20, to: 21 }),
    reason:
      'Passwords and files travel in clear text, and a server can be made to connect to a third party.',
    source: 'RFC 2577',
  },
  {
    id: 'rsync',
    kind: 'file-sharing',
    title: 'File sharing: rsync without SSH',
    protocols: TCP,
    ports: PortSet.of(873),
    reason: "The rsync daemon's protocol encrypts nothing. Whole disks can be carried out by it.",
    source: 'rsyncd.conf(5)',
  },
  {
    id: 'bittorrent',
    kind: 'file-sharing',
    title: 'File sharing: BitTorrent',
    protocols: BOTH,
    ports: PortSet.of({ from: 6881, to: 6889 }),
    reason:
      "Copyrighted files are shared from the platform's addresses. Over UDP its peers amplify as well.",
    source: `BEP 3; ${ALERT}`,
  },
]

const REMOTE: readonly RiskEntry[] = [
  {
    id: 'rdp',
    kind: 'remote-desktop',
    title: 'Remote desktop: RDP',
    protocols: BOTH,
    ports: PortSet.of(3389),
    reason:
      'Passwords of hosts on the Internet are guessed over it, and faults in it are exploited by worms.',
    source: 'CISA alert AA19-168A, "Microsoft Operating Systems BlueKeep Vulnerability"',
  },
  {
    id: 'vnc',
    kind: 'remote-desktop',
    title: 'Remote desktop: VNC',
    protocols: TCP,
    ports: PortSet.of({ from: 5900, to: 5999 }),
    reason:
      'The screen and the keys travel unencrypted, and the usual login is weak against guessing.',
    source: 'RFC 6143',
  },
  {
    id: 'x11',
    kind: 'remote-desktop',
    title: 'Remote desktop: X11',
    protocols: TCP,
    ports: PortSet.of({ from: 6000, to: 6063 }),
    reason:
      'Whoever reaches a display without access control reads its screen and its keys; nothing is encrypted.',
    source: `Xsecurity(7); ${IANA}: x11`,
  },
  {
    id: 'teamviewer',
    kind: 'remote-desktop',
    title: 'Remote desktop: TeamViewer',
    protocols: BOTH,
    ports: PortSet.of(5938),
    reason:
      'A host that dials out to a relay can be steered from outside, past every rule for inbound traffic.',
    source: 'TeamViewer documentation, "Ports used by TeamViewer"',
  },
]

const CHAT: readonly RiskEntry[] = [
  {
    id: 'irc',
    kind: 'irc',
    title: 'IRC',
    protocols: TCP,
    ports: PortSet.parse('194,6660-6669,6697,7000'),
    reason: 'Networks of hijacked hosts are commanded over IRC channels. Few applications need it.',
    source: `RFC 2810; RFC 7194; ${IANA}: irc, ircu, ircs-u`,
  },
  {
    id: 'telnet',
    kind: 'telnet',
    title: 'Telnet',
    protocols: TCP,
    ports: PortSet.of(23),
    reason:
      'Passwords travel in clear text, and hijacked hosts look for further ones with standard passwords over it.',
    source:
      'CISA alert TA16-288A, "Heightened DDoS Threat Posed by Mirai and Other Botnets"; RFC 854',
  },
]

export const RISKS: readonly RiskEntry[] = [...SPAM, ...AMPLIFICATION, ...FILES, ...REMOTE, ...CHAT]
