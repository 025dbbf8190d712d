/**
 * Every sysctl that a lab's outcomes depend on, set explicitly: a new namespace may inherit the
 * host's values (Documentation/networking/ip-sysctl.rst, nf_conntrack-sysctl.rst).
 */
import { existsSync, writeFileSync } from 'node:fs'
import { pathPart, sysctlPath } from '../../src/quote/path.ts'
import { InputError } from '../system/errors.ts'

type Values = Readonly<Record<string, number | string>>

/** The firewall's namespace. Values of `default` are set for every link as well. */
const FIREWALL: Values = {
  'net/ipv4/ip_forward': 1,
  'net/ipv6/conf/all/forwarding': 1,
  'net/ipv6/conf/default/forwarding': 1,
  'net/ipv6/conf/all/disable_ipv6': 0,
  'net/ipv6/conf/default/disable_ipv6': 0,
  // Duplicate address detection would leave addresses tentative for two seconds.
  'net/ipv6/conf/all/accept_dad': 0,
  'net/ipv6/conf/default/accept_dad': 0,
  'net/ipv6/conf/all/accept_ra': 0,
  'net/ipv6/conf/default/accept_ra': 0,
  // No link-local addresses: from one, the kernel sends redirects to hosts on a shared link, and
  // these quote a probe. No sysctl prevents this over IPv6.
  'net/ipv6/conf/default/addr_gen_mode': 1,
  // The ruleset under test must stop a spoofed source, not the routing code.
  'net/ipv4/conf/all/rp_filter': 0,
  'net/ipv4/conf/default/rp_filter': 0,
  'net/ipv4/conf/all/accept_local': 0,
  'net/ipv4/conf/all/log_martians': 0,
  'net/ipv4/conf/all/send_redirects': 0,
  'net/ipv4/conf/default/send_redirects': 0,
  'net/ipv4/ip_default_ttl': 64,
  // Early demultiplexing costs 1.5 % of a sweep and changes no outcome.
  'net/ipv4/ip_early_demux': 0,
}

/** ICMP errors are evidence: none may be rate-limited. */
const ICMP_LIMITS: Values = {
  'net/ipv4/icmp_ratelimit': 0,
  'net/ipv4/icmp_ratemask': 0,
  'net/ipv6/icmp/ratelimit': 0,
}

// Some kernels have it per namespace. It is written if possible.
const WHERE_WRITABLE: Values = {
  'net/ipv4/icmp_msgs_per_sec': 1_000_000,
  'net/ipv4/icmp_msgs_burst': 1_000_000,
  'net/ipv6/icmp/ratemask': '',
}

/** Established flows of hundreds of projects are opened before the first is checked again. */
const STANDING_S = 900

/** Connection tracking: exists once its module is loaded. */
const TRACKING: Values = {
  'net/netfilter/nf_conntrack_checksum': 1,
  'net/netfilter/nf_conntrack_tcp_loose': 1,
  'net/netfilter/nf_conntrack_tcp_be_liberal': 0,
  'net/netfilter/nf_conntrack_udp_timeout': STANDING_S,
  'net/netfilter/nf_conntrack_udp_timeout_stream': STANDING_S,
  'net/netfilter/nf_conntrack_icmp_timeout': 30,
  'net/netfilter/nf_conntrack_icmpv6_timeout': 30,
  'net/netfilter/nf_conntrack_generic_timeout': 600,
  'net/netfilter/nf_conntrack_tcp_timeout_syn_sent': 120,
  'net/netfilter/nf_conntrack_tcp_timeout_syn_recv': 60,
  'net/netfilter/nf_conntrack_tcp_timeout_established': 432000,
  'net/netfilter/nf_conntrack_tcp_timeout_max_retrans': STANDING_S,
  'net/netfilter/nf_conntrack_tcp_timeout_unacknowledged': STANDING_S,
}

/**
 * The sandbox's own namespace: the wire's ends are raw sockets, and its kernel must send nothing.
 */
const WIRE: Values = {
  'net/ipv6/conf/all/disable_ipv6': 1,
  'net/ipv6/conf/default/disable_ipv6': 1,
  'net/ipv4/ip_forward': 0,
}

/** For the namespace of the calling thread, in which `links` are not up yet. */
export function setFirewallSysctls(links: readonly string[] = []): void {
  set(FIREWALL)
  for (const link of links) set(forLink(link))
  set(ICMP_LIMITS)
  set(WHERE_WRITABLE, true)
}

/** For the harness's links in an existing namespace. */
export function setLinkSysctls(links: readonly string[]): void {
  for (const link of links) set(forLink(link), true)
}

/** Sysctls of an existing namespace that are changed during the measurement. */
export const QUIET = Object.keys(ICMP_LIMITS)

export function setQuietSysctls(): void {
  set(ICMP_LIMITS)
}

function forLink(link: string): Values {
  const own = Object.entries(FIREWALL).filter(([name]) => name.includes('/conf/default/'))
  const part = pathPart(link)
  // A function, because a replacement text would be searched for `$&` and the like.
  return Object.fromEntries(
    own.map(([name, value]) => [name.replace('/default/', () => `/${part}/`), value]),
  )
}

/**
 * Names as in sysctl(8). Throws InputError for a sysctl that this kernel does not have, or that
 * cannot be set.
 */
export function setSysctls(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    const path = sysctlPath(name)
    try {
      writeFileSync(path, `${value}\n`)
    } catch (cause) {
      const why = existsSync(path) ? (cause as Error).message : 'this kernel does not have it'
      throw new InputError(`the sysctl ${name} cannot be set to ${value}: ${why}`, { cause })
    }
  }
}

export function setTrackingSysctls(): void {
  set(TRACKING, true)
}

export function setWireSysctls(): void {
  set(WIRE)
}

function set(values: Values, optional = false): void {
  for (const [name, value] of Object.entries(values)) {
    const path = `/proc/sys/${name}`
    if (optional && !existsSync(path)) continue
    try {
      writeFileSync(path, `${value}\n`)
    } catch (cause) {
      if (optional) continue
      throw new Error(`cannot set the sysctl ${name.replaceAll('/', '.')} to ${value}`, { cause })
    }
  }
}
