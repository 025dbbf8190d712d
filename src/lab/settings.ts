/**
 * The kernel settings of a machine that its lab copies: settings that affect packets and differ
 * from the lab's defaults.
 */
import type { HostLink, HostView } from './host-view.ts'
import type { LabPlan } from './lab.ts'

const FORWARD_4 = 'net.ipv4.ip_forward'
const FORWARD_6 = 'net.ipv6.conf.all.forwarding'

/**
 * With the default value of a lab (Documentation/networking/ip-sysctl.rst,
 * nf_conntrack-sysctl.rst).
 */
const ANYWAY: Readonly<Record<string, string>> = {
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.all.accept_local': '0',
  'net.ipv4.conf.all.route_localnet': '0',
  'net.ipv4.conf.all.src_valid_mark': '0',
  'net.ipv4.conf.all.accept_source_route': '0',
  'net.ipv4.icmp_echo_ignore_all': '0',
  'net.ipv4.icmp_echo_ignore_broadcasts': '1',
  'net.ipv4.ip_nonlocal_bind': '0',
  'net.ipv6.conf.all.disable_ipv6': '0',
  'net.ipv6.icmp.echo_ignore_all': '0',
  'net.ipv6.ip_nonlocal_bind': '0',
  'net.netfilter.nf_conntrack_tcp_loose': '1',
  'net.netfilter.nf_conntrack_tcp_be_liberal': '0',
}

/** Settings of one link. */
const OF_LINK = ['rp_filter', 'accept_local', 'route_localnet'] as const

/** All settings that are read from a machine with these links. */
export function settingNames(links: readonly string[]): string[] {
  const own = links.flatMap((link) => OF_LINK.map((name) => sysctlName(link, name)))
  return [FORWARD_4, FORWARD_6, ...Object.keys(ANYWAY), ...own]
}

// In sysctl names, a slash is a dot of a link's name (sysctl(8)). Unchecked, it could lead out of
// net.
const SETTING = /^net(\.[A-Za-z0-9_@+-][A-Za-z0-9_/@+-]*)+$/

/** Whether a lab file can name it. */
export const isSetting = (name: string): boolean => SETTING.test(name)

/** The dots of a link's name are written as slashes (sysctl(8)). */
const sysctlName = (link: string, name: string): string =>
  `net.ipv4.conf.${link.replaceAll('.', '/')}.${name}`

export function settingsOf({ settings, links }: HostView): Pick<LabPlan, 'forwarding' | 'sysctls'> {
  const four = settings[FORWARD_4] === '1'
  const six = settings[FORWARD_6] === '1'
  const differing = Object.entries(ANYWAY).flatMap(([name, value]) => {
    const here = settings[name]
    return here === undefined || here === value ? [] : [[name, here] as const]
  })
  const sysctls = Object.fromEntries([
    ...(four && !six ? [[FORWARD_6, '0'] as const] : []),
    ...(six && !four ? [[FORWARD_4, '0'] as const] : []),
    ...differing,
    ...links.flatMap((link) => linkSettings(link, settings)),
  ])
  return { forwarding: four || six, sysctls }
}

function linkSettings(
  { name, master, isLoopback }: HostLink,
  settings: HostView['settings'],
): (readonly [string, string])[] {
  if (isLoopback || master !== undefined) return []
  return OF_LINK.flatMap((setting) => {
    const key = sysctlName(name, setting)
    const value = settings[key]
    const isOwn = value !== undefined && value !== '0' && isSetting(key)
    return isOwn ? [[key, value] as const] : []
  })
}
