/** A firewall that is another machine, over network cards. */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'
import { NicMachine } from '../../tools/testing/nic-machine.ts'
import { RIGHT, rulesetOf } from '../../tools/testing/ruleset.ts'

let machine: NicMachine
const QUICK = ['--quiet', '--no-save', '--ports', '20-30,1020-1030']
const WIRES = ['--target', 'nic:shop=eth1,internet=eth2']
const RUN = ['run', 'default-egress', ...QUICK]

const ip = (...args: readonly string[]): void => void execFileSync('ip', args)
const load = (ruleset: string): void => machine.load(ruleset)
const here = (...args: readonly string[]) => nftproof([...RUN, ...args], { lead: machine.lead })

beforeAll(() => {
  machine = new NicMachine(`nftproof-n${process.pid}`)
})
afterAll(() => machine.remove())

test('a firewall conforms over network cards and keeps its rules', () => {
  load(rulesetOf(RIGHT))
  const list = () =>
    execFileSync('ip', ['netns', 'exec', machine.firewall, 'nft', 'list', 'ruleset'], {
      encoding: 'utf8',
    })
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
  ip('-n', machine.firewall, 'addr', 'del', '10.20.1.1/24', 'dev', 'shop0')
  const { code, err } = here(...WIRES, '--family', 'ipv4')
  ip('-n', machine.firewall, 'addr', 'add', '10.20.1.1/24', 'dev', 'shop0')
  expect(code).toBe(3)
  expect(err).toContain('no answer from 10.20.1.1 on eth1')
})

test('cards on which other hosts answer are refused', () => {
  ip('-n', machine.here, 'addr', 'add', '10.20.1.10/24', 'dev', 'eth1')
  const own = here(...WIRES)
  ip('-n', machine.here, 'addr', 'del', '10.20.1.10/24', 'dev', 'eth1')
  expect(own).toMatchObject({
    code: 3,
    err: expect.stringMatching(/eth1 has the address 10\.20\.1\.10/),
  })
  ip('-n', machine.here, 'link', 'set', 'eth2', 'down')
  const down = here(...WIRES)
  ip('-n', machine.here, 'link', 'set', 'eth2', 'up')
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
