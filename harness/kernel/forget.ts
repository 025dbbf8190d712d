/**
 * Removes the wire's flows from a namespace with other flows: those entries of a listing that the
 * wire created.
 */
import { FAMILIES, type Family } from '../../src/net/protocol.ts'
import { EnvironmentError } from '../system/errors.ts'
import { flowsIn, type ListedFlow, listing, NLMSG_DONE } from './ctnetlink.ts'
import { type FlowLog, flowKey } from './flow-log.ts'
import { ENOBUFS, MSG_DONTWAIT, receive, SyscallError, send } from './syscalls.ts'

const NLMSG_ERROR = 2
/** The maximum size of one message in the kernel's listing. */
const DUMP_BYTES = 1 << 16
const AT_ONCE = 256
/** A packet that is still on its way, such as an answer of the firewall, may create a flow. */
const ATTEMPTS = 3

/** Throws EnvironmentError if flows of the wire remain. */
export function mustForget(socket: number, sent: FlowLog): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (forgetListed(socket, sent) === 0) return
  const left = countListed(socket, sent)
  if (left > 0)
    throw new EnvironmentError(
      `${left} flows of the wire remain in the namespace's connection tracking: they expire (conntrack -L shows them)`,
    )
}

/** The number of removed flows. */
export function forgetListed(socket: number, sent: FlowLog): number {
  const ours = listOurs(socket, sent)
  sendAll(
    socket,
    ours.map((flow) => flow.deletion()),
  )
  return ours.length
}

export const countListed = (socket: number, sent: FlowLog): number => listOurs(socket, sent).length

/** Messages in batches. The error for an entry that is already gone is ignored. */
export function sendAll(socket: number, messages: readonly Buffer[]): void {
  const answer = Buffer.allocUnsafe(DUMP_BYTES)
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
      // More answers than the socket's buffer holds. They are not needed.
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

/** Messages that request all entries of a family. */
export function list(socket: number, family: Family): Buffer[] {
  send(socket, listing(family))
  const parts: Buffer[] = []
  for (;;) {
    const into = Buffer.allocUnsafe(DUMP_BYTES)
    const length = receive(socket, into)
    const type = into.readUInt16LE(4)
    if (type === NLMSG_DONE || type === NLMSG_ERROR) return parts
    parts.push(into.subarray(0, length))
  }
}
