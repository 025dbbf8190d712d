/** The addresses and routes of an inferred lab's zones. */
import { describe, expect, test } from 'vitest'
import { inferLab } from './infer.ts'
import { chain, infer, links, nets, outside, zone } from './infer-fixtures.ts'

describe('addresses', () => {
  const WAN = 'oifname wan masquerade'

  test('a prefix that a rule matches with an interface belongs to its zone', () => {
    const { plan } = infer(
      chain(
        'forward',
        WAN,
        'iifname lan ip saddr 192.168.1.0/24 accept',
        'oifname dmz ip daddr 10.1.0.0/16 ip6 saddr fd07::/64 accept',
        'iifname . ip6 saddr { lan . fd06::/64 } accept',
      ),
    )
    expect(nets(zone(plan, 'lan'))).toEqual(['192.168.1.0/24', 'fd06::/64'])
    expect(nets(zone(plan, 'dmz'))[0]).toBe('10.1.0.0/16')
  })

  test('a host that a rule matches with an interface is the host of its zone', () => {
    const { plan } = infer(chain('forward', WAN, 'iifname lan ip saddr 192.168.7.33 accept'))
    expect(zone(plan, 'lan').addresses[0]).toEqual({
      family: 4,
      address: '192.168.7.33',
      prefixLength: 24,
    })
  })

  test('when a host has the first address, the firewall gets another', () => {
    const { plan } = infer(chain('forward', WAN, 'iifname lan ip saddr 192.168.7.1 accept'))
    expect(zone(plan, 'lan')).toMatchObject({
      addresses: [{ address: '192.168.7.1' }, {}],
      own: [{ address: '192.168.7.2' }, { family: 6 }],
    })
  })

  test('a prefix dropped at an interface is not behind it; the only prefix not dropped is', () => {
    const { plan } = infer(
      chain(
        'forward',
        WAN,
        'iifname wan ip saddr { 192.168.0.0/16, 172.16.0.0/12 } drop',
        'iifname lan ip saddr != 192.168.5.0/24 drop',
      ),
    )
    expect(nets(zone(plan, 'wan'))[0]).toBe('203.0.113.0/24')
    expect(zone(plan, 'wan').routes).toBeUndefined()
    expect(nets(zone(plan, 'lan'))[0]).toBe('192.168.5.0/24')
  })

  test('a source that leaves by the outside belongs to the inside', () => {
    const { plan } = infer(
      chain('postrouting', 'oifname wan ip saddr 10.8.0.0/24 masquerade', 'iifname lan accept'),
    )
    expect(nets(zone(plan, 'lan'))[0]).toBe('10.8.0.0/24')
  })

  test('private prefixes without an interface, and translation targets, are behind the inside', () => {
    const { plan, reasons } = infer(
      chain(
        'forward',
        WAN,
        'iifname lan accept',
        'ip saddr 10.9.0.0/16 accept',
        'ip daddr 10.9.7.0/24 accept',
        'tcp dport 80 dnat to 192.168.3.4:8080',
        'tcp dport 81 dnat ip to tcp dport map { 81 : 172.16.9.9 }',
      ),
    )
    expect(zone(plan, 'lan').routes).toEqual(['10.9.0.0/16', '192.168.3.4/32', '172.16.9.9/32'])
    expect(reasons).toContain('192.168.3.4/32 (r.nft:8) → behind lan: packets are translated to it')
  })

  test('a prefix masqueraded everywhere except at one interface is behind that interface', () => {
    const { plan } = infer(
      chain(
        'postrouting',
        'ip saddr 172.20.0.0/16 oifname != "br-app" masquerade',
        'iifname docker0 accept',
      ),
    )
    expect(nets(zone(plan, 'br-app'))[0]).toBe('172.20.0.0/16')
  })

  test('a destination is not behind the interface that rules let packets come from', () => {
    const one = infer(chain('forward', 'iifname wg0 ip daddr 10.0.0.3 accept'))
    expect(outside(one.plan)).toBe('other')
    expect(zone(one.plan, 'wg0').routes).toBeUndefined()
    const two = infer(
      chain('forward', WAN, 'iifname lan ip daddr 10.0.0.3 accept', 'oifname dmz drop'),
    )
    expect(zone(two.plan, 'lan').routes).toBeUndefined()
    expect(zone(two.plan, 'dmz').routes).toEqual(['10.0.0.3/32'])
  })

  test('public prefixes are behind the default route', () => {
    const { plan, reasons } = infer(
      chain('forward', WAN, 'iifname lan ip daddr { 8.8.8.8, 9.9.9.0/24 } accept'),
    )
    expect(plan.zones.flatMap(({ routes = [] }) => routes)).toEqual([])
    expect(reasons).toContain('2 public prefixes lie behind the default route, at wan')
  })

  test('addresses in input and SNAT rules belong to the firewall', () => {
    const { plan } = infer(
      chain(
        'input',
        'iifname lan ip daddr 192.168.1.254 accept',
        'iifname lan ip saddr 192.168.1.0/24 accept',
        'ip daddr 198.51.100.9 accept',
        'ip daddr 127.0.0.1 accept',
      ),
      chain('postrouting', 'oifname wan snat to 198.51.100.7'),
    )
    expect(zone(plan, 'lan').own?.map(({ address }) => address)).toEqual([
      '192.168.1.254',
      'fd00:1::1',
    ])
    expect(zone(plan, 'wan').own?.map(({ address }) => address)).toEqual([
      '198.51.100.9',
      '198.51.100.7',
      '2001:db8:1::1',
    ])
  })

  test('chosen prefixes do not overlap those in the text, if possible', () => {
    const some = infer(
      chain(
        'forward',
        WAN,
        'iifname lan accept',
        'ip saddr 10.0.0.0/8 ip daddr 203.0.113.5 accept',
      ),
    )
    expect(nets(zone(some.plan, 'wan'))[0]).toBe('192.0.2.0/24')
    expect(nets(zone(some.plan, 'lan'))[0]).toBe('198.51.100.0/24')
    const all = [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '100.64.0.0/10',
      '192.0.2.0/24',
      '198.51.100.0/24',
      '203.0.113.0/24',
    ]
    const none = infer(
      chain('forward', WAN, 'iifname lan accept', `ip saddr { ${all.join(', ')} } accept`),
    )
    expect(nets(zone(none.plan, 'lan'))[0]).toBe('10.20.1.0/24')
  })

  test('iptables rules and scripts give addresses too', () => {
    const { plan } = inferLab([
      {
        kind: 'iptables',
        text: '*nat\n-A POSTROUTING -o eth0 -s 10.1.2.0/24 -j MASQUERADE\nCOMMIT\n*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i eth1 -s 10.1.2.0/24 -j ACCEPT\nCOMMIT',
      },
      {
        kind: 'script',
        text: 'ip addr add 10.1.2.254/24 dev eth1\niptables -A FORWARD -i eth2 -j DROP',
      },
    ])
    expect(links(plan)).toBe('eth0 eth1 eth2 other')
    expect(outside(plan)).toBe('eth0')
    expect(zone(plan, 'eth1')).toMatchObject({
      addresses: [{ address: '10.1.2.10' }, {}],
      own: [{ address: '10.1.2.254' }, {}],
    })
  })
})
