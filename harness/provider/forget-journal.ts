/**
 * Started by the restorer in the existing netns after the harness has died: removes the flows in
 * its journal, and ends with 1 if some remain.
 */
import { FlowLog } from '../kernel/flow-log.ts'
import { mustForget } from '../kernel/forget.ts'
import { NETLINK_NETFILTER, openNetlink } from '../kernel/syscalls.ts'

const SOCKET_BYTES = 1 << 20

mustForget(openNetlink(NETLINK_NETFILTER, 0, SOCKET_BYTES), FlowLog.read(process.argv[2]!))
