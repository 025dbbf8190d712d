import { describe, expect, test } from 'vitest'
import { labFromHost } from './from-host.ts'
import { hostView } from './host-view.ts'
import { readLab } from './read.ts'
import { labText } from './text.ts'

interface Link {
  readonly kind?: string
  readonly master?: string
  readonly down?: boolean
  readonly type?: string
  readonly own?: readonly string[]
}

/** `10.0.0.1/24`, or `10.0.0.1>10.0.0.2/32` where there is a peer. */
function address(text: string) {
  const [, local, peer, prefixlen] = /^([^>/]+)(?:>([^/]+))?\/(\d+)$/.exec(text)!
  return { local, ...(peer ? { address: peer } : {}), prefixlen: Number(prefixlen) }
}

function lab(links: Readonly<Record<string, Link>>, routes: readonly object[] = [], settings = {}) {
  const view = hostView({
    link: Object.entries(links).map(([ifname, { kind, master, down, type }]) => ({
      ifname,
      flags: down ? [] : ['UP'],
      link_type: type ?? 'ether',
      ...(master ? { master } : {}),
      ...(kind ? { linkinfo: { info_kind: kind } } : {}),
    })),
    addr: Object.entries(links).map(([ifname, { own = [] }]) => ({
      ifname,
      addr_info: own.map(address),
    })),
    route4: routes.filter((route) => !JSON.stringify(route).includes('::')),
    route6: routes.filter((route) => JSON.stringify(route).includes('::')),
    settings,
  })
  const { plan, reasons } = labFromHost(view)
  expect(readLab('l.yaml', labText(plan, reasons))).toMatchObject({ ok: true, value: plan })
  return {
    told: reasons,
    text: labText(plan)
      .split('\n')
      .slice(1, -2)
      .map((line) => line.trim())
      .join(' '),
    plan,
  }
}

describe('interfaces and addresses that a lab cannot use are left out and reported', () => {
  test.each<[string, Readonly<Record<string, Link>>, string, string]>([
    [
      'loopback',
      { lo: { type: 'loopback', own: ['127.0.0.1/8', '::1/128'] }, a: { own: ['10.0.0.1/24'] } },
      'a: addresses: [10.0.0.10/24] own: [10.0.0.1/24]',
      '',
    ],
    [
      'loopback addresses',
      { lo: { type: 'loopback', own: ['10.255.0.1/32'] }, a: { own: ['10.0.0.1/24'] } },
      'a: addresses: [10.0.0.10/24] own: [10.0.0.1/24]',
      '10.255.0.1 at lo is left out',
    ],
    [
      'link-local addresses',
      { a: { own: ['10.0.0.1/24', 'fe80::1/64', '169.254.1.1/16'] } },
      'a: addresses: [10.0.0.10/24] own: [10.0.0.1/24]',
      '',
    ],
    [
      'ports of a bridge',
      {
        docker0: { kind: 'bridge', own: ['172.17.0.1/16'] },
        veth1: { kind: 'veth', master: 'docker0' },
      },
      'docker0: kind: bridge addresses: [172.17.0.10/16] own: [172.17.0.1/16]',
      'veth1 is a port of docker0',
    ],
    [
      'tunnels of the kernel itself',
      { sit0: { kind: 'sit', down: true }, a: { own: ['10.0.0.1/24'] } },
      'a: addresses: [10.0.0.10/24] own: [10.0.0.1/24]',
      '',
    ],
    [
      'interfaces that are down',
      { a: { down: true, own: ['10.0.0.1/24'] } },
      'a: kind: none addresses: [] own: [10.0.0.1/24]',
      'a is down here: nothing is behind it',
    ],
    [
      'tunnels',
      { wg0: { kind: 'wireguard', own: ['10.8.0.1/24'] } },
      'wg0: addresses: [10.8.0.10/24] own: [10.8.0.1/24]',
      'wg0 is wireguard here and ethernet in the lab',
    ],
    [
      'prefixes that overlap',
      { a: { own: ['10.0.0.1/8'] }, b: { own: ['10.1.0.1/16'] } },
      'a: addresses: [10.0.0.10/8] own: [10.0.0.1/8] b: kind: none addresses: []',
      '10.1.0.1/16 at b is left out: it overlaps with a',
    ],
    [
      'names that zones cannot have',
      { firewall: { own: ['10.0.0.1/24'] } },
      'firewall-2: link: firewall addresses: [10.0.0.10/24] own: [10.0.0.1/24]',
      '',
    ],
  ])('%s', (_, links, text, told) => {
    const made = lab(links)
    expect(made.text).toBe(text)
    expect(made.told.join('\n')).toBe(told)
  })
})

describe('the host behind a link', () => {
  test.each<[string, Link, readonly object[], string]>([
    [
      'the gateway of the default route',
      { own: ['10.0.0.1/24'] },
      [
        { dst: '10.9.0.0/16', gateway: '10.0.0.3', dev: 'a' },
        { dst: 'default', gateway: '10.0.0.2', dev: 'a' },
      ],
      'addresses: [10.0.0.2/24] own: [10.0.0.1/24] routes: [10.9.0.0/16] default: true',
    ],
    [
      'a peer',
      { own: ['10.0.0.1>10.0.0.2/32'] },
      [
        { dst: '10.0.0.2', dev: 'a' },
        { dst: 'default', dev: 'a' },
      ],
      'addresses: [10.0.0.2/30] own: [10.0.0.1/30] default: true',
    ],
    [
      'a gateway outside the prefix',
      { own: ['192.0.2.5/32'] },
      [{ dst: 'default', gateway: '192.0.2.1', dev: 'a' }],
      'addresses: [192.0.2.1/29] own: [192.0.2.5/29] default: true',
    ],
    [
      'a host in the tunnel that is the default route',
      { own: ['10.8.0.2/32'] },
      [{ dst: 'default', dev: 'a' }],
      'addresses: [10.8.0.10/24] own: [10.8.0.2/24] default: true',
    ],
    ['none, without a route', { own: ['10.8.0.2/32'] }, [], 'addresses: [] own: [10.8.0.2/32]'],
    [
      'both families',
      { own: ['10.0.0.1/24', 'fd00::1/64'] },
      [
        { dst: 'default', gateway: 'fe80::1', dev: 'a' },
        { dst: 'fd01::/48', gateway: 'fd00::7', dev: 'a' },
      ],
      'addresses: [10.0.0.10/24, fd00::7/64] own: [10.0.0.1/24, fd00::1/64] routes: [fd01::/48] default: true',
    ],
    [
      'the first of several next hops',
      { own: ['10.0.0.1/24'] },
      [
        {
          dst: '10.9.0.0/16',
          nexthops: [
            { gateway: '10.0.0.4', dev: 'a' },
            { gateway: '10.0.0.5', dev: 'a' },
          ],
        },
      ],
      'addresses: [10.0.0.4/24] own: [10.0.0.1/24] routes: [10.9.0.0/16]',
    ],
  ])('%s', (_, link, routes, expected) => {
    expect(lab({ a: link }, routes).text).toBe(`a: ${expected}`)
  })
})

test('the default route with the lowest metric is used, also among equal routes', () => {
  const { plan, told: reasons } = lab(
    { a: { own: ['10.0.0.1/24'] }, b: { own: ['10.1.0.1/24'] } },
    [
      { dst: 'default', gateway: '10.0.0.2', dev: 'a', metric: 200 },
      { dst: 'default', gateway: '10.1.0.2', dev: 'b', metric: 100 },
      { dst: '10.9.0.0/16', gateway: '10.0.0.2', dev: 'a', metric: 20 },
      { dst: '10.9.0.0/16', gateway: '10.1.0.2', dev: 'b', metric: 10 },
      { dst: '10.66.0.0/16', type: 'unreachable' },
    ],
  )
  expect(plan.zones).toMatchObject([
    { name: 'a' },
    { name: 'b', isDefault: true, routes: ['10.9.0.0/16'] },
  ])
  expect(reasons).toEqual([
    'the default route of IPv4 at a is left out: another one has priority',
    'route 10.66.0.0/16 (unreachable) is left out',
  ])
})

test.each([
  [{}, false, {}],
  [{ 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' }, true, {}],
  [{ 'net.ipv4.ip_forward': '1' }, true, { 'net.ipv6.conf.all.forwarding': '0' }],
  [{ 'net.ipv6.conf.all.forwarding': '1' }, true, { 'net.ipv4.ip_forward': '0' }],
  [
    { 'net.ipv4.conf.all.rp_filter': '1', 'net.ipv4.icmp_echo_ignore_broadcasts': '1' },
    false,
    { 'net.ipv4.conf.all.rp_filter': '1' },
  ],
  [{ 'net.ipv4.conf.eth0/5.rp_filter': '2' }, false, { 'net.ipv4.conf.eth0/5.rp_filter': '2' }],
])('settings %j', (settings, forwarding, sysctls) => {
  expect(lab({ 'eth0.5': { own: ['10.0.0.1/24'] } }, [], settings).plan).toMatchObject({
    forwarding,
    sysctls,
  })
})
