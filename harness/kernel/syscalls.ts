/**
 * All system calls for which Node has no API: packet and netlink sockets, batched sending and
 * receiving, entering a network namespace. Only this file uses koffi. Layouts are those of 64-bit
 * little-endian Linux.
 */
import { endianness } from 'node:os'
import koffi from 'koffi'

if (endianness() !== 'LE' || process.arch === 'ia32' || process.arch === 'arm')
  throw new Error(`nftproof needs a 64-bit little-endian machine, this is ${process.arch}`)

const libc = koffi.load(null) // the C library that node itself runs on, glibc or musl

const calls = {
  socket: libc.func('int socket(int, int, int)'),
  close: libc.func('int close(int)'),
  bind: libc.func('int bind(int, void*, uint)'),
  setsockopt: libc.func('int setsockopt(int, int, int, void*, uint)'),
  getsockopt: libc.func('int getsockopt(int, int, int, void*, void*)'),
  send: libc.func('int64 send(int, void*, size_t, int)'),
  recv: libc.func('int64 recv(int, void*, size_t, int)'),
  sendto: libc.func('int64 sendto(int, void*, size_t, int, void*, uint)'),
  setns: libc.func('int setns(int, int)'),
  unshare: libc.func('int unshare(int)'),
  ifIndex: libc.func('uint if_nametoindex(str)'),
  epollCreate: libc.func('int epoll_create1(int)'),
  epollCtl: libc.func('int epoll_ctl(int, int, int, void*)'),
}

/**
 * A function for a call that one other file needs, from its C prototype. The caller reads `errno()`
 * after a negative result.
 */
export const libcFunction = (prototype: string): ((...args: readonly unknown[]) => number) =>
  libc.func(prototype)

/** Frequent calls with their raw result: the caller reads `errno()` after a negative one. */
export const sendmmsg: (fd: number, headers: Uint8Array, count: number, flags: number) => number =
  libc.func('int sendmmsg(int, void*, uint, int)')
export const recvmmsg: (
  fd: number,
  headers: Uint8Array,
  count: number,
  flags: number,
  timeout: null,
) => number = libc.func('int recvmmsg(int, void*, uint, int, void*)')

export const epollWait: (
  fd: number,
  events: Uint8Array,
  most: number,
  timeoutMs: number,
) => number = libc.func('int epoll_wait(int, void*, int, int)')

export const errno: () => number = () => koffi.errno()

/** A failed system call. */
export class SyscallError extends Error {
  readonly call: string
  readonly errno: number
  /** `EMFILE`. Undefined for a number without a name below. */
  readonly code: string | undefined
  constructor(call: string, number = errno()) {
    super(`${call}: errno ${number}${ERRNO_NAMES[number] ? ` (${ERRNO_NAMES[number]})` : ''}`)
    this.name = 'SyscallError'
    this.call = call
    this.errno = number
    this.code = ERRNO_NAMES[number]
  }
}

// include/uapi/asm-generic/errno.h
export const EPERM = 1
export const EINTR = 4
export const EAGAIN = 11
export const ENOBUFS = 105
const ERRNO_NAMES: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  16: 'EBUSY',
  19: 'ENODEV',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  28: 'ENOSPC',
  30: 'EROFS',
  38: 'ENOSYS',
  75: 'EOVERFLOW',
  90: 'EMSGSIZE',
  97: 'EAFNOSUPPORT',
  100: 'ENETDOWN',
  105: 'ENOBUFS',
}

const AF_INET = 2
const AF_INET6 = 10
const AF_PACKET = 17
const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2000000
const SOCK_NONBLOCK = 0o4000
const ETH_P_ALL = 3 // include/uapi/linux/if_ether.h
const SOL_SOCKET = 1
const SO_SNDBUF = 7
const SO_RCVBUF = 8
const SO_MARK = 36
const SO_SNDBUFFORCE = 32
const SO_RCVBUFFORCE = 33
const SOL_PACKET = 263 // include/uapi/linux/if_packet.h
const PACKET_STATISTICS = 6
const PACKET_QDISC_BYPASS = 20
const PACKET_IGNORE_OUTGOING = 23
const CLONE_NEWNET = 0x40000000
const IPPROTO_RAW = 255 // raw(7): the caller writes the IP header
const IPPROTO_IPV6 = 41
const IPV6_HDRINCL = 36 // include/uapi/linux/in6.h
export const MSG_DONTWAIT = 0x40

/**
 * A raw packet socket on one interface of the calling thread's namespace: whole Ethernet frames of
 * every protocol, incoming only (packet(7)).
 */
export function openPacketSocket(interfaceName: string): number {
  const index = calls.ifIndex(interfaceName)
  if (index === 0) throw new SyscallError(`if_nametoindex(${interfaceName})`)
  const fd = must(
    'socket(AF_PACKET)',
    calls.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
  )
  setNumber(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
  setNumber(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1)
  must(`bind(${interfaceName})`, calls.bind(fd, packetAddress(index), PACKET_ADDRESS_LENGTH))
  return fd
}

const PACKET_ADDRESS_LENGTH = 20 // struct sockaddr_ll

function packetAddress(index: number): Buffer {
  const address = Buffer.alloc(PACKET_ADDRESS_LENGTH)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeUInt16BE(ETH_P_ALL, 2)
  address.writeInt32LE(index, 4)
  return address
}

/**
 * Requests send and receive buffers of `bytes`. Without privileges the system's limits apply.
 * Returns the actual receive buffer.
 */
export function setBuffers(fd: number, bytes: number): number {
  if (!trySetNumber(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes))
    trySetNumber(fd, SOL_SOCKET, SO_RCVBUF, bytes)
  if (!trySetNumber(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes))
    trySetNumber(fd, SOL_SOCKET, SO_SNDBUF, bytes)
  return getNumber(fd, SOL_SOCKET, SO_RCVBUF)
}

/**
 * Sets exactly this receive buffer, for tests of a full one. The kernel doubles it and keeps a
 * minimum.
 */
export function setReceiveBuffer(fd: number, bytes: number): void {
  setNumber(fd, SOL_SOCKET, SO_RCVBUF, bytes)
}

/**
 * Frames that the socket dropped since the last call because its receive buffer was full
 * (packet(7): reading resets the counter).
 */
export function takeDrops(fd: number): number {
  const statistics = Buffer.alloc(8) // struct tpacket_stats { tp_packets; tp_drops }
  const length = Buffer.from([8, 0, 0, 0])
  must(
    'getsockopt(PACKET_STATISTICS)',
    calls.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, statistics, length),
  )
  return statistics.readUInt32LE(4)
}

export const NETLINK_NETFILTER = 12 // include/uapi/linux/netlink.h

/**
 * A non-blocking netlink socket of the calling thread's namespace, subscribed to `groups` (bit
 * mask).
 */
export function openNetlink(protocol: number, groups: number, receiveBuffer: number): number {
  const fd = must('socket(AF_NETLINK)', calls.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol))
  setBuffers(fd, receiveBuffer)
  const address = Buffer.alloc(12) // struct sockaddr_nl
  address.writeUInt16LE(AF_NETLINK, 0)
  address.writeUInt32LE(groups, 8)
  must('bind(AF_NETLINK)', calls.bind(fd, address, 12))
  return fd
}

/**
 * A raw socket of the calling thread's namespace for complete IP packets. They leave like the
 * machine's own packets, through the output hook (raw(7)).
 */
export function openRawSocket(family: 4 | 6): number {
  const domain = family === 4 ? AF_INET : AF_INET6
  const fd = must(
    'socket(SOCK_RAW)',
    calls.socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW),
  )
  if (family === 6) setNumber(fd, IPPROTO_IPV6, IPV6_HDRINCL, 1)
  return fd
}

/** Sets the mark of the packets that the socket sends (socket(7)). */
export function setMark(fd: number, mark: number): void {
  setNumber(fd, SOL_SOCKET, SO_MARK, mark | 0)
}

/** struct sockaddr_in or sockaddr_in6 of an address, without a port. */
export function socketAddress(address: Uint8Array): Buffer {
  const isIpv4 = address.length === 4
  const b = Buffer.alloc(isIpv4 ? 16 : 28)
  b.writeUInt16LE(isIpv4 ? AF_INET : AF_INET6, 0)
  b.set(address, isIpv4 ? 4 : 8)
  return b
}

/** 0, or the error number for a refused packet. */
export function sendTo(fd: number, packet: Uint8Array, to: Uint8Array): number {
  return Number(calls.sendto(fd, packet, packet.length, 0, to, to.length)) < 0 ? errno() : 0
}

export function send(fd: number, message: Uint8Array): void {
  must('send', Number(calls.send(fd, message, message.length, 0)))
}

/**
 * The number of bytes received into `into`. -1 if there is nothing and `flags` has MSG_DONTWAIT.
 */
export function receive(fd: number, into: Uint8Array, flags = 0): number {
  const length = Number(calls.recv(fd, into, into.length, flags))
  if (length < 0 && errno() !== EAGAIN) throw new SyscallError('recv')
  return length
}

// struct epoll_event is packed on x86-64 only (include/uapi/linux/eventpoll.h).
export const EPOLL_EVENT = process.arch === 'x64' ? 12 : 16
export const EPOLL_DATA = EPOLL_EVENT - 8
const EPOLL_CTL_ADD = 1
const EPOLLIN = 1
const EPOLL_CLOEXEC = 0o2000000

/** Watches for input. The data of an event is the index of the descriptor in `fds`. */
export function openEpoll(fds: readonly number[]): number {
  const epoll = must('epoll_create1', calls.epollCreate(EPOLL_CLOEXEC))
  const event = Buffer.alloc(EPOLL_EVENT)
  event.writeUInt32LE(EPOLLIN, 0)
  fds.forEach((fd, i) => {
    event.writeUInt32LE(i, EPOLL_DATA)
    must('epoll_ctl', calls.epollCtl(epoll, EPOLL_CTL_ADD, fd, event))
  })
  return epoll
}

/** Moves the calling thread into the network namespace of `fd` (setns(2)). */
export function enterNetwork(fd: number): void {
  must('setns', calls.setns(fd, CLONE_NEWNET))
}

/**
 * Moves the calling thread into a new network namespace, which ends when nothing uses it
 * (unshare(2)).
 */
export function enterNewNetwork(): void {
  must('unshare', calls.unshare(CLONE_NEWNET))
}

export function close(fd: number): void {
  calls.close(fd)
}

/** The address of a buffer's bytes. koffi does not keep the buffer alive: the caller must. */
export function bufferAddress(buffer: Uint8Array): bigint {
  return BigInt(koffi.address(buffer) as bigint | number)
}

function setNumber(fd: number, level: number, option: number, value: number): void {
  if (!trySetNumber(fd, level, option, value))
    throw new SyscallError(`setsockopt(${level}, ${option})`)
}

function trySetNumber(fd: number, level: number, option: number, value: number): boolean {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32LE(value)
  return calls.setsockopt(fd, level, option, buffer, 4) === 0
}

function getNumber(fd: number, level: number, option: number): number {
  const buffer = Buffer.alloc(4)
  must('getsockopt', calls.getsockopt(fd, level, option, buffer, Buffer.from([4, 0, 0, 0])))
  return buffer.readInt32LE(0)
}

/** The result of a successful call. Throws SyscallError for a failed one. */
export function must(call: string, result: number): number {
  if (result < 0) throw new SyscallError(call)
  return result
}
