/** Flows of some addresses are forgotten, and those of others kept: by a kernel that does it at once, and by one that must be told each. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { enterCommand, mustBeRootless } from '../sandbox/sandbox.ts'

const HERE = new URL('.', import.meta.url).href
const script = (filters: boolean): string => `
import { Netns } from '${HERE}netns.ts'
import { Tracking } from '${HERE}tracking.ts'
import { newFlow } from '${HERE}ctnetlink.ts'
import { openNetlink, send } from '${HERE}../wire/syscalls.ts'
import { loadRuleset } from '${HERE}../firewall/nft.ts'
loadRuleset('table ip t { chain c { type filter hook input priority 0; ct state new accept; }; }\\n')
const netns = new Netns('/proc/thread-self/ns/net')
const tracking = new Tracking(netns, true, ${filters})
const socket = openNetlink(12, 0, 1 << 20)
for (let n = 0; n < 3000; n++) send(socket, newFlow(n % 3 === 0 ? 70_000 + n : n % 300))
const before = tracking.room().count
tracking.flush()
const untouched = tracking.room().count
for (let n = 0; n < 300; n++) if (n % 3 !== 0) tracking.probesFrom(Buffer.from([10, 0, (n % 300) >> 8, (n % 300) & 255]))
tracking.flush()
console.log(JSON.stringify([before, untouched, tracking.room().count]))
`

test.each([true, false])('at once: %s', (filters) => {
  const [program, ...args] = enterCommand(mustBeRootless())
  const command = [...args, process.execPath, '--input-type=module', '-e', script(filters)]
  const { stdout, stderr } = spawnSync(program!, command, { encoding: 'utf8' })
  expect({ stdout, stderr }).toEqual({ stdout: '[1200,1200,1000]\n', stderr: '' })
})
