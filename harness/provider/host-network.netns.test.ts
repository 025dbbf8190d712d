/**
 * `nftproof lab from-host` on a router that the test makes, and on the one that
 * its lab file describes. The other ends lie in a namespace of their own:
 *
 *   wan0   203.0.113.2, .3, 198.51.100.1    default route by 203.0.113.1
 *   br0    10.20.1.1, port0 is in it        10.9.0.0/16 by 10.20.1.7
 *   idle0  down
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LabPlan } from '../../src/lab/lab.ts'
import { addressAt } from '../../src/net/address.ts'
import { MAIN } from '../../tools/testing/command.ts'
import { loadLab } from '../input/lab-file.ts'

const ROUTER = `
for i in all default; do echo 0 > /proc/sys/net/ipv6/conf/$i/accept_dad; done
ip link add wan0 type veth peer name w0 netns $far
ip link add br0 type bridge
ip link add port0 type veth peer name w1 netns $far
ip link set port0 master br0
ip link add idle0 type veth peer name w2 netns $far
ip addr add 203.0.113.2/24 dev wan0
ip addr add 203.0.113.3/24 dev wan0
ip addr add 198.51.100.1/24 dev wan0
ip addr add 2001:db8:1::2/64 dev wan0 nodad
ip addr add 10.20.1.1/24 dev br0
ip addr add fd00:1::1/64 dev br0 nodad
for link in wan0 br0 port0; do ip link set $link up; done
ip route add default via 203.0.113.1
ip route add default via 10.20.1.7 metric 500
ip -6 route add default via 2001:db8:1::1
ip route add 10.9.0.0/16 via 10.20.1.7
ip -6 route add fd00:9::/48 via fd00:1::7
ip route add blackhole 10.66.0.0/16
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 0 > /proc/sys/net/ipv6/conf/all/forwarding
echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter
echo 2 > /proc/sys/net/ipv4/conf/br0/rp_filter
`

const STATE = `{ ip -j -d addr; ip -j -4 route show table all; ip -j -6 route show table all
  ip -j neigh; ip -j rule; cat /proc/sys/net/ipv4/ip_forward; sysctl -a 2>/dev/null | grep -E '^net\\.ipv[46]\\.(conf|ip_|icmp)'; }`
// Timers of the bridge and ages of addresses go on by themselves.
const TICKING =
  /"(gc_timer|hello_timer|topology_change_timer|tcn_timer|[a-z_]*delay_timer|message_age_timer)":[\d.]+|"expires":\d+/g

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nftproof-host-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the script in a network namespace of its own, which ends with it; `$far` is a process in another. */
function inNamespace(script: string): void {
  const file = join(folder, 'script.sh')
  writeFileSync(file, `${FAR}\nip link set lo up\n${script}`)
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  execFileSync('unshare', [...user, '--net', 'sh', '-e', file], { cwd: folder })
}

const FAR = `here=$(readlink /proc/self/ns/net)
setpriv --pdeathsig KILL unshare --net sleep infinity & far=$!
trap 'kill $far' EXIT
while [ "$(readlink /proc/$far/ns/net)" = "$here" ]; do sleep 0.01; done`

const fromHost = (file: string): string =>
  `'${process.execPath}' '${MAIN}' lab from-host --force --write-lab ${file} 2>${file}.err`

/** ip(8) commands that make what a lab file says. */
function commandsFor({ zones, forwarding, sysctls }: LabPlan): string {
  const links = [...new Map(zones.map((zone) => [zone.link, zone])).values()]
  const made = links.flatMap(({ link, linkKind }, i) =>
    linkKind === 'bridge'
      ? [
          `ip link add ${link} type bridge`,
          `ip link add p${i} type veth peer name q${i} netns $far`,
          `ip link set p${i} master ${link}`,
          `ip link set p${i} up`,
        ]
      : [`ip link add ${link} type veth peer name q${i} netns $far`],
  )
  const addresses = zones.flatMap(({ link, own, addresses }) =>
    (own ?? addresses.map((host) => ({ ...host, address: addressAt(host, 1n) }))).map(
      ({ family, address, prefixLength }) =>
        `ip addr add ${address}/${prefixLength} dev ${link} ${family === 6 ? 'nodad' : ''}`,
    ),
  )
  const up = links.map(({ link }) => `ip link set ${link} up`)
  const routes = zones.flatMap(({ addresses, routes = [], isDefault }) =>
    addresses.flatMap(({ family, address }) =>
      [...routes, ...(isDefault ? ['0.0.0.0/0', '::/0'] : [])]
        .filter((to) => to.includes(':') === (family === 6))
        .map((to) => `ip -${family} route add ${to} via ${address}`),
    ),
  )
  const settings = Object.entries({
    'net.ipv4.ip_forward': forwarding ? '1' : '0',
    'net.ipv6.conf.all.forwarding': forwarding ? '1' : '0',
    ...sysctls,
  }).map(([name, value]) => `echo ${value} > /proc/sys/${name.replaceAll('.', '/')}`)
  return [...made, ...addresses, ...up, ...routes, ...settings].join('\n')
}

// Links come up, and ports of the bridge begin to forward, in their own time.
const SETTLED = `links() { ip -br addr; ip -d link | grep -o 'state [a-zA-Z]*'; }
links >then; until links >now; cmp -s then now; do mv now then; sleep 0.1; done`

test('a router becomes a lab file and is not changed; a lab of the file becomes the same file', () => {
  inNamespace(`${ROUTER}\n${SETTLED}\n${STATE} >before\n${fromHost('lab.yaml')}\n${STATE} >after\n`)
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  expect(read('after').replaceAll(TICKING, '')).toBe(read('before').replaceAll(TICKING, ''))
  expect(read('before')).toContain('203.0.113.3')

  expect(read('lab.yaml')).toBe(LAB)
  const plan = loadLab(join(folder, 'lab.yaml'))
  inNamespace(`${commandsFor(plan)}\n${fromHost('again.yaml')}\n`)
  expect(loadLab(join(folder, 'again.yaml'))).toEqual(plan)
})

test('a machine without interfaces has no lab: exit 3', () => {
  inNamespace(`${fromHost('none.yaml')} || echo $? >>none.yaml.err`)
  expect(readFileSync(join(folder, 'none.yaml.err'), 'utf8')).toMatch(/only the link lo.*\n3\n$/)
})

const LAB = `# wan0 has more than one prefix: zone wan0-2 is a second zone on it
# port0 is a port of br0
# idle0 is down here: nothing is behind it
# the default route of IPv4 at br0 is left out: another one has priority
# route 10.66.0.0/16 (blackhole) is left out
zones:
  wan0:
    addresses: [203.0.113.1/24, 2001:db8:1::1/64]
    own: [203.0.113.2/24, 203.0.113.3/24, 2001:db8:1::2/64]
    default: true
  wan0-2:
    link: wan0
    addresses: [198.51.100.10/24]
    own: [198.51.100.1/24]
  br0:
    kind: bridge
    addresses: [10.20.1.7/24, fd00:1::7/64]
    own: [10.20.1.1/24, fd00:1::1/64]
    routes: [10.9.0.0/16, fd00:9::/48]
  idle0:
    kind: none
    addresses: []
forwarding: true
sysctls:
  net.ipv6.conf.all.forwarding: "0"
  net.ipv4.conf.all.rp_filter: "1"
  net.ipv4.conf.br0.rp_filter: "2"
`
