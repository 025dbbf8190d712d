/** What a running program reads and prints, until it ends, its time is up, or it prints too much. */
import { readSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import type { Started, StartOptions } from '../system/run-program-sync.ts'
import { close, EINTR, errno, libcFunction, must, SyscallError } from './syscalls.ts'

const libc = {
  poll: libcFunction('int poll(void*, ulong, int)'),
  syscall: libcFunction('long syscall(long, long, long)'),
  waitpid: libcFunction('int waitpid(int, void*, int)'),
}

const PIDFD_OPEN = 434 // since Linux 5.3, on every architecture
const POLLIN = 1
const POLLOUT = 4
/** struct pollfd { int fd; short events; short revents }. A negative descriptor is left out. */
const POLLFD = 8
const EVENTS = 4
const REVENTS = 6
const MOST_MS = 2 ** 31 - 1
const PORTION_BYTES = 65_536

/** False before Linux 5.3, and where the filter of a container forbids it. */
export function waitsByDescriptor(): boolean {
  const fd = libc.syscall(PIDFD_OPEN, process.pid, 0)
  if (fd < 0) return false
  close(fd)
  return true
}

/** Our end of each pipe of the program. Absent: it has none. */
export interface Ours {
  readonly input: number | undefined
  readonly outputs: readonly (number | undefined)[]
}

interface Output {
  /** Undefined: closed. */
  fd: number | undefined
  readonly portions: Buffer[]
  bytes: number
}

export class Exchange {
  readonly #options: StartOptions
  readonly #bytes: Buffer
  #written = 0
  #input: number | undefined
  readonly #outputs: readonly Output[]
  readonly #portion = Buffer.allocUnsafe(PORTION_BYTES)

  constructor(ours: Ours, options: StartOptions) {
    this.#options = options
    this.#bytes = Buffer.from(options.input ?? '')
    this.#input = ours.input
    this.#outputs = ours.outputs.map((fd) => ({ fd, portions: [], bytes: 0 }))
  }

  /** Returns when the program has ended. It is killed after an error. `shut` closes one of our ends. */
  untilEnd(pid: number, shut: (fd: number) => void): Omit<Started, 'pid'> {
    const pidfd = libc.syscall(PIDFD_OPEN, pid, 0)
    const error = thrownBy(() => this.#untilEnd(must('pidfd_open', pidfd), shut))
    if (pidfd >= 0) close(pidfd)
    if (error) process.kill(pid, 'SIGKILL')
    const [stdout = null, stderr = null] =
      this.#options.outputTo === 'pipe'
        ? this.#outputs.map(({ portions }) => Buffer.concat(portions))
        : []
    return { ...reaped(pid), stdout, stderr, ...(error && { error }) }
  }

  /** Programs that this one started may hold its outputs open. Then it waits for them too. */
  #untilEnd(pidfd: number, shut: (fd: number) => void): void {
    const end = performance.now() + this.#options.timeoutMs
    let runs = true
    while (runs || this.#outputs.some(({ fd }) => fd !== undefined)) {
      const leftMs = end - performance.now()
      if (leftMs <= 0) throw failure('ETIMEDOUT')
      const outputs = this.#outputs.map(({ fd }) => fd)
      const isReady = ready([this.#input, ...outputs, runs ? pidfd : undefined], leftMs)
      if (isReady[0]) this.#write(shut)
      for (const [i, output] of this.#outputs.entries())
        if (isReady[1 + i]) this.#read(output, shut)
      if (isReady.at(-1)) runs = false
    }
  }

  #write(shut: (fd: number) => void): void {
    const code = codeOf(() => {
      this.#written += writeSync(this.#input!, this.#bytes, this.#written)
    })
    if (code === 'EAGAIN') return
    // A program that does not read everything gives the reason itself (EPIPE).
    if (code === undefined && this.#written < this.#bytes.length) return
    shut(this.#input!)
    this.#input = undefined
  }

  #read(output: Output, shut: (fd: number) => void): void {
    let bytes = 0
    const code = codeOf(() => {
      bytes = readSync(output.fd!, this.#portion)
    })
    if (code === 'EAGAIN') return
    if (bytes === 0) {
      shut(output.fd!)
      output.fd = undefined
      return
    }
    output.portions.push(Buffer.from(this.#portion.subarray(0, bytes)))
    output.bytes += bytes
    if (output.bytes > this.#options.mostBytes) throw failure('ENOBUFS')
  }
}

/** Waits until one of them is ready. The first one is to be written, the others to be read. */
function ready(fds: readonly (number | undefined)[], mostMs: number): boolean[] {
  const polled = Buffer.alloc(fds.length * POLLFD)
  for (const [i, fd] of fds.entries()) {
    polled.writeInt32LE(fd ?? -1, i * POLLFD)
    polled.writeInt16LE(i === 0 ? POLLOUT : POLLIN, i * POLLFD + EVENTS)
  }
  const n = libc.poll(polled, fds.length, Math.min(Math.ceil(mostMs), MOST_MS))
  if (n < 0 && errno() !== EINTR) throw new SyscallError('poll')
  // A closed other end makes a pipe ready too.
  return fds.map((_, i) => n > 0 && polled.readInt16LE(i * POLLFD + REVENTS) !== 0)
}

const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
)

/** Waits for the end. No other process can get this number before. */
function reaped(pid: number): Pick<Started, 'status' | 'signal'> {
  const bytes = Buffer.alloc(4)
  while (libc.waitpid(pid, bytes, 0) < 0)
    if (errno() !== EINTR) throw new SyscallError(`waitpid(${pid})`)
  const status = bytes.readInt32LE() // wait(2): the low seven bits are the signal
  const signal = status & 0x7f
  if (signal === 0) return { status: (status >> 8) & 0xff, signal: null }
  return { status: null, signal: SIGNAL_NAMES.get(signal) ?? ('SIGUNUSED' as NodeJS.Signals) }
}

function failure(code: 'ETIMEDOUT' | 'ENOBUFS'): Error {
  return Object.assign(new Error(code), { code })
}

function thrownBy(work: () => void): Error | undefined {
  try {
    work()
  } catch (error) {
    return error as Error
  }
}

/** Undefined where it succeeds. */
function codeOf(work: () => void): string | undefined {
  try {
    work()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
