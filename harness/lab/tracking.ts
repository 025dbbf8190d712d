/** The firewall's connection-tracking table: how much room it has, and emptying it (ctnetlink). */
import { readFileSync } from 'node:fs'
import { close, openNetlink, receive, send } from '../wire/syscalls.ts'
import type { Netns } from './netns.ts'

const NETLINK_NETFILTER = 12 // include/uapi/linux/netlink.h
const CT_DELETE = (1 << 8) | 2 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE
const REQUEST_ACK = 0x5 // NLM_F_REQUEST | NLM_F_ACK
const ACK_BYTES = 8192

export class Tracking {
  readonly #firewall: Netns
  readonly #socket: number

  constructor(firewall: Netns) {
    this.#firewall = firewall
    this.#socket = firewall.run(() => openNetlink(NETLINK_NETFILTER, 0, ACK_BYTES))
  }

  /** Entries now, and the most that there may be; undefined while connection tracking is not in use. */
  room(): { readonly count: number; readonly max: number } | undefined {
    return this.#firewall.run(() => {
      const count = readNumber('/proc/sys/net/netfilter/nf_conntrack_count')
      const max = readNumber('/proc/sys/net/netfilter/nf_conntrack_max')
      return count === undefined || max === undefined || max === 0 ? undefined : { count, max }
    })
  }

  /** Removes every entry. */
  flush(): void {
    const message = Buffer.alloc(20) // struct nlmsghdr, struct nfgenmsg
    message.writeUInt32LE(message.length, 0)
    message.writeUInt16LE(CT_DELETE, 4)
    message.writeUInt16LE(REQUEST_ACK, 6)
    send(this.#socket, message)
    const answer = Buffer.alloc(ACK_BYTES)
    receive(this.#socket, answer)
    const error = answer.readInt32LE(16)
    if (error !== 0)
      throw new Error(`the connection-tracking table could not be emptied: errno ${-error}`)
  }

  close(): void {
    close(this.#socket)
  }
}

function readNumber(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
