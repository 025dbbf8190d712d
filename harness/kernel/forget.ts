/** Removes the wire's flows from a namespace that has others too: those of a listing that the wire has made. */
import { FAMILIES, type Family } from '../../src/net/protocol.ts'
import { EnvironmentError } from '../system/errors.ts'
import { flowsIn, type ListedFlow, listing, NLMSG_DONE } from './ctnetlink.ts'
import { type FlowLog, flowKey } from './flow-log.ts'
import { ENOBUFS, MSG_DONTWAIT, receive, SyscallError, send } from './syscalls.ts'

const NLMSG_ERROR = 2
/** The kernel puts at most so much into one message of a listing. */
const DUMP_BYTES = 1 << 16
const AT_ONCE = 256
/** A flow may be made by a packet that is still under way, an answer of the firewall's for one. */
const ATTEMPTS = 3

/** Throws EnvironmentError where flows of ours are there all the same. */
export function mustForget(socket: number, sent: FlowLog): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (forgetListed(socket, sent) === 0) return
  const left = countListed(socket, sent)
  if (left > 0)
    throw new EnvironmentError(
      `${left} flows of the wire's could not be removed from the namespace's connection tracking; they end by themselves (conntrack -L shows them)`,
    )
}

/** How many there were. */
export function forgetListed(socket: number, sent: FlowLog): number {
  const ours = listOurs(socket, sent)
  sendAll(
    socket,
    ours.map((flow) => flow.deletion()),
  )
  return ours.length
}

export const countListed = (socket: number, sent: FlowLog): number => listOurs(socket, sent).length

/** Messages in batches. An entry that is gone is answered by an error, which is let go. */
export function sendAll(socket: number, messages: readonly Buffer[]): void {
  const answer = Buffer.alloc(DUMP_BYTES)
  for (let i = 0; i < messages.length; i += AT_ONCE) {
    send(socket, Buffer.concat(messages.slice(i, i + AT_ONCE)))
    drain(socket, answer)
  }
}

function drain(socket: number, into: Buffer): void {
  for (;;)
    try {
      if (receive(socket, into, MSG_DONTWAIT) <= 0) return
    } catch (error) {
      // More answers than the socket holds: none of them is needed.
      if (!(error instanceof SyscallError) || error.errno !== ENOBUFS) throw error
    }
}

function listOurs(socket: number, sent: FlowLog): ListedFlow[] {
  const marks = new Map(
    [...sent.groups].map(({ family, protocol, from, to, marks: all, count }) => [
      flowKey(family, protocol, Buffer.concat([from, to])),
      new Set(all.subarray(0, count)),
    ]),
  )
  if (marks.size === 0) return []
  const isOurs = ({ key, mark }: ListedFlow): boolean => {
    const own = marks.get(key)
    return own !== undefined && (mark === undefined || own.has(mark))
  }
  return FAMILIES.flatMap((family) =>
    list(socket, family).flatMap((part) => flowsIn(part).filter(isOurs)),
  )
}

/** Messages that list all entries of a family. */
export function list(socket: number, family: Family): Buffer[] {
  send(socket, listing(family))
  const parts: Buffer[] = []
  for (;;) {
    const into = Buffer.alloc(DUMP_BYTES)
    const length = receive(socket, into)
    const type = into.readUInt16LE(4)
    if (type === NLMSG_DONE || type === NLMSG_ERROR) return parts
    parts.push(into.subarray(0, length))
  }
}
