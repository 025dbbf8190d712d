/** The wire's flows are forgotten, and no others: by their tuples, in any zone, also by a table of all of them. */
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { enterCommand } from '../sandbox/enter.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'

const HERE = new URL('.', import.meta.url).href
const SET_UP = `
import { openSync } from 'node:fs'
import { Netns } from '${HERE}netns.ts'
import { Tracking } from '${HERE}conntrack.ts'
import { creation, flowsIn, newFlow } from '${HERE}ctnetlink.ts'
import { openNetlink, send, receive, MSG_DONTWAIT } from '${HERE}syscalls.ts'
import { list } from '${HERE}forget.ts'
import { loadRuleset } from '${HERE}../firewall/nft.ts'
loadRuleset('table ip t { chain c { type filter hook input priority 0; ct state new accept; }; }\\n')
const netns = new Netns('/proc/thread-self/ns/net')
const socket = openNetlink(12, 0, 1 << 20)
const five = [10, 0, 0, 5]
const five6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]
const one6 = [0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
const add = (protocol, from, to, fromPort, toPort, zone) => send(socket, creation({
  family: from.length === 4 ? 4 : 6, protocol, from: Buffer.from(from), to: Buffer.from(to), fromPort, toPort,
}, zone))
const make = (n) => send(socket, newFlow(n))
// The packet that newFlow's flow begins with, as the wire would send it.
const packet = (n) => {
  const b = Buffer.alloc(64)
  b[0] = 0x45; b[9] = 17
  b.set([10, (n >> 16) & 255, (n >> 8) & 255, n & 255, 192, 0, 2, 1], 12)
  b.writeUInt16BE(1000, 20); b.writeUInt16BE(2000, 22)
  return b
}
const note = (tracking, n) => { tracking.sent.note(packet(n), 0); tracking.sent.save() }
const count = (tracking) => tracking.room().count
const journal = '/run/flows'
const say = (...values) => console.log(JSON.stringify(values))
`

function said(script: string): unknown {
  const [program, ...args] = enterCommand(mustBeRootless())
  const command = [...args, process.execPath, '--input-type=module', '-e', `${SET_UP}${script}`]
  const { stdout, stderr } = spawnSync(program!, command, { encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe.each([
  ['few', 300],
  ['many', 9000],
])('%s flows in our own namespace', (_, flows) => {
  test('all are removed, recorded or not', () => {
    const script = `
const tracking = new Tracking(netns)
for (let n = 0; n < ${flows}; n++) { make(n); note(tracking, n) }
const before = count(tracking)
tracking.flush()
const noted = count(tracking)
for (let n = 0; n < 50; n++) { make(n); if (n % 2) note(tracking, n) }
tracking.flush()
say(before, noted, count(tracking), tracking.sent.size, tracking.emptied)`
    expect(said(script)).toEqual([flows, 0, 0, 0, 2])
  })
})

test("flows beyond the record's limit stay until the next flush, which removes them too", () => {
  const script = `
const tracking = new Tracking(netns, undefined, 100)
for (let n = 0; n < 300; n++) { make(n); note(tracking, n) }
tracking.makeRoom()
const kept = [count(tracking), tracking.sent.size, tracking.emptied]
tracking.flush()
say(kept, count(tracking))`
  expect(said(script)).toEqual([[300, 0, 0], 0])
})

describe.each([
  ['few flows, without zones', 300, false],
  ['few flows, perhaps in zones', 300, true],
  ['many', 9000, false],
])('in an existing namespace: %s', (_, flows, isZoned) => {
  test('flows of others stay, even between the same addresses', () => {
    const script = `
const tracking = new Tracking(netns, { journal: openSync(journal, 'a'), isZoned: ${isZoned} })
for (let n = 0; n < ${flows}; n++) { make(n); note(tracking, n) }
for (let n = 0; n < 100; n++) make(1_000_000 + n)
// Of our address, but another flow.
add(17, five, [192, 0, 2, 1], 1000, 2001)
const before = count(tracking)
tracking.flush()
say(before, count(tracking))`
    expect(said(script)).toEqual([flows + 101, 101])
  })
})

test('flows in zones are removed from the journal alone, for every protocol and both families', () => {
  const script = `
const tracking = new Tracking(netns, { journal: openSync(journal, 'a'), isZoned: false })
for (const zone of [0, 7]) {
  add(17, five, [192, 0, 2, 1], 1000, 2000, zone)
  add(17, five, [192, 0, 2, 1], 1001, 2000, zone)
  add(1, five, [192, 0, 2, 1], 77, 8 << 8, zone)
  add(6, five6, one6, 1000, 25, zone)
  add(6, five6, one6, 1000, 26, zone)
}
note(tracking, 5)
const icmp = packet(5); icmp[9] = 1; icmp.set([8, 0, 0, 0, 0, 77], 20)
tracking.sent.note(icmp, 0)
// With a destination-options header before TCP.
const six = Buffer.alloc(80)
six[0] = 0x60; six[6] = 60; six[40] = 6
six.set([0x20, 1, 0x0d, 0xb8], 8); six[23] = 5
six.set([0x20, 1, 0x0d, 0xb8, 0, 1], 24); six[39] = 1
six.writeUInt16BE(1000, 48); six.writeUInt16BE(25, 50)
tracking.sent.note(six, 0)
tracking.sent.save()
const before = count(tracking)
tracking.close()
// As the guard does it.
process.argv[2] = journal
await import('${HERE}../provider/forget-journal.ts')
const left = [4, 6].flatMap((family) => list(socket, family).flatMap((part) => flowsIn(part)))
say(before, left.map(({ mark }) => [mark >>> 16, mark & 0xffff]).sort())`
  expect(said(script)).toEqual([
    10,
    [
      [1000, 26],
      [1000, 26],
      [1001, 2000],
      [1001, 2000],
    ],
  ])
})
