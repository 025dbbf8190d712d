/** In an existing netns the wire's own flows are removed, however the command ends, and no other flows. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { nftproof, startNftproof } from '../../tools/testing/command.ts'
import { Router } from '../../tools/testing/router.ts'
import { RIGHT, rulesetOf } from '../../tools/testing/ruleset.ts'

const KERNEL = new URL('../kernel/', import.meta.url).href
const SCRIPT = `
import { creation, deletion, flowsIn } from '${KERNEL}ctnetlink.ts'
import { list } from '${KERNEL}forget.ts'
import { NETLINK_NETFILTER, openNetlink, send } from '${KERNEL}syscalls.ts'
const socket = openNetlink(NETLINK_NETFILTER, 0, 1 << 20)
const bytes = (...parts) => Buffer.from(parts.flatMap((part) => [part >> 8, part & 255]))
`
// Of the namespace's own, from addresses that the lab probes from and to.
const OTHERS = `
send(socket, deletion())
for (let port = 5000; port < 5050; port++) {
  const ports = { fromPort: port, toPort: 443 }
  send(socket, creation({ family: 4, protocol: 17, from: Buffer.from([10, 20, 1, 10]), to: Buffer.from([203, 0, 113, 10]), ...ports }))
  send(socket, creation({ family: 6, protocol: 6, from: bytes(0x2001, 0xdb8, 0x20, 1, 0, 0, 0, 0x10), to: bytes(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 0x10), ...ports }))
}`
const LIST = `
const all = [4, 6].flatMap((family) => list(socket, family).flatMap((part) => flowsIn(part)))
console.log(JSON.stringify(all.map(({ key, mark }) => Buffer.from(key, 'latin1').toString('hex') + ' ' + mark).sort()))`

let router: Router

beforeAll(() => {
  router = new Router(`nftproof-f${process.pid}`)
  router.load(`flush ruleset\n${rulesetOf(RIGHT)}`)
})
afterAll(() => router.remove())
beforeEach(() => ask(OTHERS))

const ask = (script: string): string =>
  router.inside(process.execPath, ['--input-type=module', '-e', `${SCRIPT}${script}`])
const flows = (): string[] => JSON.parse(ask(LIST))
const count = (): number =>
  Number(router.inside('cat', ['/proc/sys/net/netfilter/nf_conntrack_count']))
const guards = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('nftproof-netns-'))

const RUN = ['run', 'default-egress', '--quiet', '--no-save', '--protocol', 'tcp', '--target']

test.each(['ipv4', 'ipv6'])(
  'after a sweep of all ports over %s, only the flows of others remain',
  (family) => {
    const before = flows()
    expect(before).toHaveLength(100)
    const { code, err } = nftproof([...RUN, `netns:${router.name}`, '--family', family])
    expect({ code, err: err.replace(/.*warning.*\n/g, '') }).toEqual({ code: 0, err: '' })
    expect(flows()).toEqual(before)
  },
)

test('after SIGKILL during a sweep, only the flows of others remain', async () => {
  const before = flows()
  const earlier = guards()
  const child = startNftproof([...RUN, `netns:${router.name}`])
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
  // Some sweep is under way, and has made flows.
  while (count() < 3000 && child.exitCode === null) await sleep(5)
  child.kill('SIGKILL')
  expect(await ended).toBe('SIGKILL')
  await expect
    .poll(() => guards().filter((name) => !earlier.includes(name)), { timeout: 60_000 })
    .toEqual([])
  expect(flows()).toEqual(before)
})
