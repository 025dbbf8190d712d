/** What ports are known to be misused for, each with its reason and where that is written. */
import { PortSet } from '../net/port-set.ts'
import { ALERT, AMPLIFICATION } from './risk-amplification.ts'
import type { RiskEntry } from './risk-entry.ts'

const BOTH = ['tcp', 'udp'] as const
const TCP = ['tcp'] as const
const UDP = ['udp'] as const

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
    source: 'RFC 5068 (BCP 134) §3',
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
      'A file service for local networks, which an application seldom needs across the Internet (our judgement; the registry names the port only).',
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
    reason: 'Faults in it were open to worms, which go from host to host without a login.',
    source:
      'CISA alert AA19-168A, "Microsoft Operating Systems BlueKeep Vulnerability" (the worms)',
  },
  {
    id: 'vnc',
    kind: 'remote-desktop',
    title: 'Remote desktop: VNC',
    protocols: TCP,
    ports: PortSet.of({ from: 5900, to: 5937 }),
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
    ports: PortSet.parse('194,6660-6669,6697'),
    reason:
      'The platform holds it back as a service of its own kind. Few applications need it (our judgement; the sources name the ports).',
    source: `RFC 7194; ${IANA}: irc, ircu, ircs-u; 6660–6664 by custom`,
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
