/** Started by `foreign.ts` in a namespace of its own: fills it with entries of connection tracking, and waits. */
import { creation } from '../../harness/kernel/ctnetlink.ts'
import { sendAll } from '../../harness/kernel/forget.ts'
import { NETLINK_NETFILTER, openNetlink } from '../../harness/kernel/syscalls.ts'

const entries = Number(process.argv[2])
const socket = openNetlink(NETLINK_NETFILTER, 0, 1 << 20)
const to = Buffer.from([192, 0, 2, 1])
const flow = (n: number): Buffer => {
  const from = Buffer.from([10, (n >> 16) & 0xff, (n >> 8) & 0xff, n & 0xff])
  return creation({ family: 4, protocol: 17, from, to, fromPort: 1000, toPort: 2000 })
}
const BATCH = 4096
for (let n = 0; n < entries; n += BATCH)
  sendAll(
    socket,
    Array.from({ length: Math.min(BATCH, entries - n) }, (_, i) => flow(n + i)),
  )
process.stdout.write('filled\n')
process.stdin.resume()
