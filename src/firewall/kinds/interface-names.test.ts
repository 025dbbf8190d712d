// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a shell's variables
import { describe, expect, test } from 'vitest'
import type { PartKind } from '../firewall.ts'
import { interfacesNamed } from './interface-names.ts'

const names = (text: string, kind: PartKind = 'nft'): string =>
  interfacesNamed(text, kind)
    .map(({ name, isBridge }) => (isBridge ? `${name} (bridge)` : name))
    .join(' ')

const inChain = (rule: string): string => `table inet t {\n chain c {\n  ${rule}\n }\n}\n`

describe('other words than interfaces are ignored', () => {
  test.each([
    ['', 'an empty text'],
    [inChain('iif lo accept; iifname "lo" accept'), 'the loopback interface'],
    [inChain('fib saddr . iif oif missing drop'), 'what fib found nothing for'],
    [inChain('fib saddr . iif oif 0 drop'), 'an index'],
    [inChain('fib daddr . iif type != local drop'), 'a type of address'],
    [inChain('iifname "abcdefghijklmnop" accept'), 'sixteen bytes'],
    [inChain('iifname "*" accept'), 'any interface'],
    [inChain('log prefix "iifname eth0 " accept comment "oif eth1"'), 'words in strings'],
    [inChain('# iifname eth0'), 'words in comments'],
    [inChain('iifname $wan accept'), 'a variable that nothing defines'],
    [inChain('iiftype ppp accept; oifgroup 3 accept'), 'types and groups'],
    [inChain('add @seen { iifname . ip saddr }'), 'an element that packets make'],
    ['} } table { iifname', 'no ruleset at all'],
  ])('%j: %s', (text) => {
    expect(names(text)).toBe('')
  })
})

describe('names in nftables text', () => {
  test.each([
    ['iif eth0 accept', 'eth0'],
    ['meta iifname "eth0" meta oif eth1 accept', 'eth0 eth1'],
    ['iifname != "eth0" drop', 'eth0'],
    ['iifname { "eth0", wlan0, } oifname != { "eth1" } accept', 'eth0 wlan0 eth1'],
    ['iifname "eth*" oifname "wg*" accept', 'eth0 wg0'],
    ['iifname "abcdefghijklmn*" accept', 'abcdefghijklmn0'],
    ['iifname "wg+" accept', 'wg+'],
    ['iifname "odd\\*" accept', 'odd*'],
    ['iifname . ip saddr { "eth0" . 10.0.0.1, "eth1" . 10.0.0.2 } accept', 'eth0 eth1'],
    ['ip saddr . tcp dport . oifname { 10.0.0.1 . 22 . "eth0" } accept', 'eth0'],
    ['ip saddr . oifname 10.0.0.1 . "eth0" accept', 'eth0'],
    ['iifname vmap { "lan" : jump from_lan, "wan" : drop, dmz:accept }', 'lan wan dmz'],
    ['iifname . oifname vmap { lan . wan : accept }', 'lan wan'],
    ['meta mark set iifname map { "eth0" : 1, "eth1": 2 }', 'eth0 eth1'],
    ['ip daddr & 255.255.255.0 . iifname { 10.0.0.0 . "eth0" } drop', 'eth0'],
    ['fib saddr . iif oifname "eth7" accept', 'eth7'],
    ['fwd to "eth0"', 'eth0'],
    ['dup to 10.0.0.1 device "eth0"', 'eth0'],
    ['ibrname br0 obrname "br1" accept', 'br0 (bridge) br1 (bridge)'],
    ['ct state established,related iifname eth0 accept', 'eth0'],
    ['tcp flags & (fin | syn) == syn iifname eth0 accept', 'eth0'],
    ['meta protocol ip iifname eth0 jump iifname', 'eth0'],
  ])('%s', (rule, expected) => {
    expect(names(inChain(rule))).toBe(expected)
  })

  test.each([
    ['define wan = eth0\ntable ip t { chain c { iif $wan accept\n } }', 'eth0'],
    [
      'define a = "eth0"\ndefine b = { $a, eth1 }\ntable ip t { chain c { iif $b drop; } }',
      'eth0 eth1',
    ],
    [
      'define d = {\n eth0,\n eth1\n}\ntable ip t { chain c { iif { $d, eth2 } drop; } }',
      'eth0 eth1 eth2',
    ],
    ['table netdev t { chain c { type filter hook ingress device eth0 priority 0; } }', 'eth0'],
    [
      'table netdev t { chain c { type filter hook ingress devices = { eth0, "eth1" } priority 0; } }',
      'eth0 eth1',
    ],
    [
      'table inet t { flowtable f { hook ingress priority 0; devices = { eth0, eth1 }; } }',
      'eth0 eth1',
    ],
    ['table inet t { set s { type ifname; elements = { "eth0", eth1 } } }', 'eth0 eth1'],
    [
      'table inet t { set s { typeof ip saddr . iifname; elements = { 10.0.0.1 . "eth0" timeout 1h } } }',
      'eth0',
    ],
    ['table inet t { set s { type mark . ifname; elements = { 1 . "eth0" } } }', 'eth0'],
    ['table inet t { map m { type ifname : verdict; elements = { "eth0" : jump x } } }', 'eth0'],
    [
      'table inet t { map m { type iface_index . ipv4_addr: verdict; elements = { eth0 . 10.0.0.1 : drop } } }',
      'eth0',
    ],
    ['table t {\n set s { type ifname; }\n}\nadd element ip t s { "eth0" }', 'eth0'],
    [
      'add rule inet filter input iifname eth0 accept\ninsert rule t c position 3 oif eth1 drop',
      'eth0 eth1',
    ],
    ['delete rule inet filter input iifname eth9 accept', ''],
    [
      'table inet t { ct helper h { type "ftp" protocol tcp; }\n chain c { iif eth0 accept\n } }',
      'eth0',
    ],
  ])('%s', (text, expected) => {
    expect(names(text)).toBe(expected)
  })

  test('each interface is listed once, with its first line and spelling', () => {
    const text =
      'table ip t {\n chain c {\n  iifname "wg*" accept\n  oif eth0 drop\n  iif eth0 drop\n }\n}'
    expect(interfacesNamed(text)).toEqual([
      { name: 'wg0', pattern: 'wg*', line: 3, isBridge: false },
      { name: 'eth0', pattern: 'eth0', line: 4, isBridge: false },
    ])
  })
})

describe('names in iptables-save output', () => {
  test.each([
    ['-A INPUT -i lo -j ACCEPT', ''],
    ['-A INPUT -m comment --comment "-i eth9" -j ACCEPT', ''],
    ['-A INPUT -i eth0 -j ACCEPT', 'eth0'],
    ['[12:345] -A FORWARD ! -i eth+ -o br-lan -j DROP', 'eth0 br-lan'],
    ['-A FORWARD --in-interface ppp+ --out-interface ! eth1 -j ACCEPT', 'ppp0 eth1'],
    ['-A FORWARD -m physdev --physdev-in vif1.0 --physdev-out vif2.0', 'vif1.0 vif2.0'],
    ['-A FORWARD -i + -j ACCEPT', ''],
  ])('%s', (rule, expected) => {
    expect(names(`*filter\n:INPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`, 'iptables')).toBe(expected)
  })
})

describe('names in scripts', () => {
  test.each([
    ['#!/bin/sh\necho -i eth0\n# iptables -i eth1', ''],
    ['iptables -A INPUT -i eth0 -j ACCEPT', 'eth0'],
    ['WAN=eth0\nLAN="eth1"\n/sbin/iptables -A FORWARD -i $LAN -o ${WAN} -j ACCEPT', 'eth1 eth0'],
    ['sudo ip6tables -w -A INPUT \\\n  -i eth0 -j ACCEPT', 'eth0'],
    ['WAN=$(ip route | head -1)\niptables -A INPUT -i $WAN -j DROP', ''],
    ['iptables -A INPUT -i ${WAN:-ppp0} -j DROP', 'ppp0'],
    ['for i in eth0 eth1; do\n iptables -A INPUT -i $i -j DROP\ndone', 'eth0 eth1'],
    ['nft add rule inet filter input iifname \'"eth0"\' accept', 'eth0'],
    [
      'nft \'add rule inet filter input iifname "eth0" accept; add rule inet filter input oif eth1 drop\'',
      'eth0 eth1',
    ],
    ['if true; then nft add rule ip t c iif eth0 accept; fi', 'eth0'],
    [
      'WAN=eth0\nnft -f - <<EOF\ntable ip t {\n chain c {\n  oifname "$WAN" accept\n }\n}\nEOF\n',
      'eth0',
    ],
    [
      "WAN=eth0\nnft -f - <<'EOF'\ndefine WAN = eth5\ntable ip t { chain c { oif $WAN accept; }; }\nEOF",
      'eth5',
    ],
    ['cat <<EOF\niptables -i eth0\nEOF', ''],
    ['iptables-restore <<EOF\n*filter\n-A INPUT -i eth0 -j ACCEPT\nCOMMIT\nEOF', 'eth0'],
    [
      'ip addr add 10.0.0.1/24 dev eth0\nip route add 10.9.0.0/16 via 10.0.0.9 dev eth1',
      'eth0 eth1',
    ],
  ])('%j', (text, expected) => {
    expect(names(text, 'script')).toBe(expected)
  })
})
