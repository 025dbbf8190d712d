/** Ports that are known to be misused, each with the reason and its source. */
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
    title: 'Spam: mail directly to any mail server (SMTP)',
    protocols: TCP,
    ports: PortSet.of(25),
    reason:
      "Mail servers accept mail on port 25 without a login. One misused application can send spam until the platform's addresses are on block lists.",
    source: 'RFC 5068 (BCP 134) §3',
  },
  {
    id: 'submission',
    kind: 'spam',
    title: 'Spam: mail through a provider (submission)',
    protocols: TCP,
    ports: PortSet.of(465, 587),
    reason:
      'Submission needs a login, so the provider can stop a sender. Stolen logins are still misused for spam.',
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
      'Worms spread over SMB, and clients send login hashes to any server that asks. CISA advises to block SMB at the network boundary.',
    source: SMB,
  },
  {
    id: 'netbios',
    kind: 'file-sharing',
    title: 'File sharing: NetBIOS',
    protocols: UDP,
    ports: PortSet.of({ from: 137, to: 138 }),
    reason:
      'NetBIOS sends names and logins of the local network outside. It is part of SMB and should be blocked with it.',
    source: SMB,
  },
  {
    id: 'nfs',
    kind: 'file-sharing',
    title: 'File sharing: NFS',
    protocols: BOTH,
    ports: PortSet.of(2049),
    reason:
      'Files travel unencrypted by default. With AUTH_SYS, the server trusts the user id that the client sends.',
    source: 'RFC 8881; RFC 5531 (AUTH_SYS)',
  },
  {
    id: 'afp',
    kind: 'file-sharing',
    title: 'File sharing: AFP',
    protocols: TCP,
    ports: PortSet.of(548),
    reason:
      'AFP is a file service for local networks. Few applications need it across the Internet (our judgement; the registry names the port only).',
    source: `${IANA}: afpovertcp`,
  },
  {
    id: 'ftp',
    kind: 'file-sharing',
    title: 'File sharing: FTP',
    protocols: TCP,
    ports: PortSet.of({ from: 20, to: 21 }),
    reason:
      'Passwords and files travel in clear text. A client can make the server connect to a third party.',
    source: 'RFC 2577',
  },
  {
    id: 'rsync',
    kind: 'file-sharing',
    title: 'File sharing: rsync without SSH',
    protocols: TCP,
    ports: PortSet.of(873),
    reason:
      "The rsync daemon's protocol encrypts nothing. An attacker can copy whole disks with it.",
    source: 'rsyncd.conf(5)',
  },
  {
    id: 'bittorrent',
    kind: 'file-sharing',
    title: 'File sharing: BitTorrent',
    protocols: BOTH,
    ports: PortSet.of({ from: 6881, to: 6889 }),
    reason:
      "Copyrighted files may be shared from the platform's addresses. Its peers also amplify over UDP.",
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
    reason: 'Worms used faults in RDP to spread from host to host without a login.',
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
      'Screen and keyboard input travel unencrypted, and the usual password is easy to guess.',
    source: 'RFC 6143',
  },
  {
    id: 'x11',
    kind: 'remote-desktop',
    title: 'Remote desktop: X11',
    protocols: TCP,
    ports: PortSet.of({ from: 6000, to: 6063 }),
    reason:
      'Any client that reaches a display without access control can read its screen and keyboard input. Nothing is encrypted.',
    source: `Xsecurity(7); ${IANA}: x11`,
  },
  {
    id: 'teamviewer',
    kind: 'remote-desktop',
    title: 'Remote desktop: TeamViewer',
    protocols: BOTH,
    ports: PortSet.of(5938),
    reason:
      'The host connects to a relay and is then controlled from outside. Rules for inbound traffic do not stop this.',
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
      'Botnets use IRC as a control channel. Few applications need it (our judgement; the sources name the ports).',
    source: `RFC 7194; ${IANA}: irc, ircu, ircs-u; 6660–6664 by custom`,
  },
  {
    id: 'telnet',
    kind: 'telnet',
    title: 'Telnet',
    protocols: TCP,
    ports: PortSet.of(23),
    reason:
      'Passwords travel in clear text. Hijacked hosts use Telnet to find other hosts with default passwords.',
    source:
      'CISA alert TA16-288A, "Heightened DDoS Threat Posed by Mirai and Other Botnets"; RFC 854',
  },
]

export const RISKS: readonly RiskEntry[] = [...SPAM, ...AMPLIFICATION, ...FILES, ...REMOTE, ...CHAT]
