/**
 * A firewall that is another machine: here a namespace, with the cards in a
 * second one, where the command is started. Between them are ordinary links on
 * which neighbours are asked for.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { RIGHT, rulesetOf } from '../../tools/testing/ruleset.ts'

const FIREWALL = `nftproof-f${process.pid}`
const HERE = `nftproof-h${process.pid}`
const QUICK = ['--quiet', '--no-save', '--ports', '20-30,1020-1030']
const WIRES = ['--target', 'nic:shop=eth1,internet=eth2']
const RUN = ['run', 'default-egress', ...QUICK]

const SET_UP = `set -e
for n in $1 $2; do
  ip netns add $n; ip -n $n link set lo up
  ip netns exec $n sh -c 'cd /proc/sys/net; for c in all default; do echo 0 > ipv6/conf/$c/accept_dad; echo 0 > ipv6/conf/$c/forwarding; echo 0 > ipv4/conf/$c/forwarding; done'
done
for pair in shop0:eth1 wan0:eth2; do
  ip link add \${pair%:*} netns $1 type veth peer name \${pair#*:} netns $2
  ip -n $1 link set \${pair%:*} up; ip -n $2 link set \${pair#*:} up
done
ip netns exec $1 sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'
ip -n $1 addr add 10.20.1.1/24 dev shop0; ip -n $1 addr add 2001:db8:20:1::1/64 dev shop0 nodad
ip -n $1 addr add 203.0.113.1/24 dev wan0; ip -n $1 addr add 2001:db8:ffff::1/64 dev wan0 nodad`

const ip = (...args: readonly string[]): void => void execFileSync('ip', args)
const load = (ruleset: string): void =>
  void execFileSync('ip', ['netns', 'exec', FIREWALL, 'nft', '-f', '-'], {
    input: `flush ruleset\n${ruleset}`,
  })
const here = (...args: readonly string[]) =>
  nftproof([...RUN, ...args], { lead: ['ip', 'netns', 'exec', HERE] })

beforeAll(() => {
  execFileSync('sh', ['-c', SET_UP, 'sh', FIREWALL, HERE])
})

afterAll(() => {
  for (const name of [FIREWALL, HERE]) spawnSync('ip', ['netns', 'del', name])
})

test('a firewall conforms over network cards and keeps its rules', () => {
  load(rulesetOf(RIGHT))
  const list = () =>
    execFileSync('ip', ['netns', 'exec', FIREWALL, 'nft', 'list', 'ruleset'], { encoding: 'utf8' })
  const before = list()
  const { code, out } = here(...WIRES)
  expect({ code, out }).toMatchObject({
    code: 0,
    out: expect.stringMatching(/1 scenario conforms/),
  })
  expect(list()).toBe(before)
})

test('a forbidden open port is found, with a replay command', () => {
  load(rulesetOf({ ...RIGHT, first: 'iifname "shop0" tcp dport 25 accept' }))
  const { code, out } = here(...WIRES, '--protocol', 'tcp', '--family', 'ipv4')
  expect(code).toBe(1)
  expect(out).toMatch(/25 .*blocked .*OPEN/)
  expect(out).toContain("--target 'nic:shop=eth1,internet=eth2' default-egress")
})

test('the result for another machine names the interfaces of this machine, and no rules', () => {
  load(rulesetOf(RIGHT))
  const narrow = ['--protocol', 'tcp', '--family', 'ipv4', '--ports', '25']
  const { out } = here(...WIRES, ...narrow, '--reporter', 'json')
  const address = expect.stringMatching(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/)
  expect(JSON.parse(out).tested.firewalls).toEqual([
    {
      origin: 'nic:shop=eth1,internet=eth2',
      what: 'interfaces',
      interfaces: [
        { zone: 'internet', name: 'eth2', address },
        { zone: 'shop', name: 'eth1', address },
      ],
    },
  ])
})

test('a firewall that drops everything is a mismatch', () => {
  load('table inet t { chain f { type filter hook forward priority 0; policy drop; }; }')
  const { code, out } = here(...WIRES, '--protocol', 'tcp', '--family', 'ipv6')
  expect(code).toBe(1)
  expect(out).toMatch(/22 .*open .*DROPPED/)
})

test('without a firewall at the other end there is no verdict', () => {
  ip('-n', FIREWALL, 'addr', 'del', '10.20.1.1/24', 'dev', 'shop0')
  const { code, err } = here(...WIRES, '--family', 'ipv4')
  ip('-n', FIREWALL, 'addr', 'add', '10.20.1.1/24', 'dev', 'shop0')
  expect(code).toBe(3)
  expect(err).toContain('no answer from 10.20.1.1 on eth1')
})

test('cards on which other hosts answer are refused', () => {
  ip('-n', HERE, 'addr', 'add', '10.20.1.10/24', 'dev', 'eth1')
  const own = here(...WIRES)
  ip('-n', HERE, 'addr', 'del', '10.20.1.10/24', 'dev', 'eth1')
  expect(own).toMatchObject({
    code: 3,
    err: expect.stringMatching(/eth1 has the address 10\.20\.1\.10/),
  })
  ip('-n', HERE, 'link', 'set', 'eth2', 'down')
  const down = here(...WIRES)
  ip('-n', HERE, 'link', 'set', 'eth2', 'up')
  expect(down).toMatchObject({ code: 3, err: expect.stringMatching(/eth2 is down/) })
})

test.each([
  [['--target', 'nic:shop=eth1'], /internet has no interface/],
  [['--target', 'nic:shop=eth1,internet=eth2,dmz=eth3'], /unknown zone dmz \(shop, internet\)/],
  [['--target', 'nic:shop=eth1,internet=eth1'], /eth1 cannot be both shop0 and wan0/],
  [['--target', 'nic:shop'], /must be ZONE=INTERFACE/],
  [['--target', 'nic:shop=eth1,shop=eth2'], /cannot be both eth1 and eth2/],
  [[...WIRES, '--target', 'netns:r1'], /only one target can be tested/],
  [[...WIRES, '--load'], /--load needs a container/],
])('a contradiction is refused: %j', (args, words) => {
  expect(here(...args)).toMatchObject({ code: 2, err: expect.stringMatching(words) })
})

test('a missing card, and missing root rights, are refused', () => {
  expect(here('--target', 'nic:shop=eth1,internet=eth9')).toMatchObject({
    code: 3,
    err: expect.stringMatching(/this machine has no interface eth9/),
  })
  expect(here(...WIRES, '--rootless')).toMatchObject({
    code: 3,
    err: expect.stringMatching(/only root may open raw sockets .*: leave --rootless out/),
  })
})
