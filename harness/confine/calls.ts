/**
 * The system calls with which a process confines itself, each under the name of its manual page.
 */
import { constants } from 'node:os'
import { bufferAddress, errno, libcFunction, must, SyscallError } from '../kernel/syscalls.ts'

const libc = {
  chroot: libcFunction('int chroot(str)'),
  execve: libcFunction('int execve(str, const char **, const char **)'),
  fchdir: libcFunction('int fchdir(int)'),
  fcntl: libcFunction('int fcntl(int, int, long)'),
  capset: libcFunction('int capset(void*, void*)'),
  dup2: libcFunction('int dup2(int, int)'),
  mount: libcFunction('int mount(str, str, str, ulong, str)'),
  prctl: libcFunction('int prctl(int, ulong, ulong, ulong, ulong)'),
  setgroups: libcFunction('int setgroups(size_t, void*)'),
  setns: libcFunction('int setns(int, int)'),
  setrlimit: libcFunction('int setrlimit(int, void*)'),
  setsid: libcFunction('int setsid()'),
  signal: libcFunction('intptr_t signal(int, intptr_t)'),
  syscall: libcFunction('long syscall(long, long, long, long, long, long)'),
  umount2: libcFunction('int umount2(str, int)'),
  unshare: libcFunction('int unshare(int)'),
}

// include/uapi/linux/mount.h
export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  REMOUNT: 32,
  NOATIME: 1024,
  NODIRATIME: 2048,
  BIND: 4096,
  MOVE: 8192,
  REC: 16384,
  PRIVATE: 1 << 18,
  RELATIME: 1 << 21,
} as const
const MNT_DETACH = 2
const CLONE_FS = 0x200
const CLONE_NEWNS = 0x20000

/** `what`: a device, a folder or the name of a file system. */
export interface Mount {
  readonly what: string
  readonly at: string
  readonly type?: string
  readonly flags?: number
  readonly options?: string
}

/** Throws SyscallError. */
export function mount(it: Mount): void {
  must(`mount(${it.at})`, mounted(it) ? 0 : -1)
}

/** False if it cannot be mounted. */
export function mounted({ what, at, type, flags = 0, options }: Mount): boolean {
  return libc.mount(what, at, type ?? null, flags, options ?? null) === 0
}

// include/uapi/linux/mount.h, since Linux 5.12
const MOUNT_SETATTR = 442
const AT_FDCWD = -100
const MOUNT_ATTR = { RDONLY: 1, NOSUID: 2, NODEV: 4 } as const

/** Adds read-only, nosuid and nodev to one mount. False if the kernel does not have this call. */
export function restrictMount(at: string): boolean {
  const path = Buffer.from(`${at}\0`)
  const attributes = Buffer.alloc(32) // struct mount_attr
  attributes.writeBigUInt64LE(BigInt(MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV))
  const [where, what] = [bufferAddress(path), bufferAddress(attributes)]
  return libc.syscall(MOUNT_SETATTR, AT_FDCWD, where, 0, what, attributes.length) === 0
}

const PIVOT_ROOT = process.arch === 'x64' ? 155 : 41

/**
 * The working folder becomes the root, and the old root is detached. From `/` of the mount
 * namespace.
 */
export function pivotHere(): void {
  const here = Buffer.from('.\0')
  const at = bufferAddress(here)
  if (Number(libc.syscall(PIVOT_ROOT, at, at, 0, 0, 0)) === 0)
    must('umount2(.)', libc.umount2('.', MNT_DETACH))
  else {
    // The initial file system (rootfs) cannot be pivoted, so it is covered (switch_root(8)).
    mount({ what: '.', at: '/', flags: MS.MOVE })
    must('chroot', libc.chroot('.'))
  }
  process.chdir('/')
}

/**
 * The root of this mount namespace becomes the thread's root. In a chroot it differs. The other
 * threads keep theirs, so `fs` is used synchronously.
 */
export function enterRootOf(namespace: number): void {
  must('unshare(CLONE_FS)', libc.unshare(CLONE_FS))
  must('setns', libc.setns(namespace, CLONE_NEWNS))
}

/** Returns to the folder of this descriptor as the root. */
export function chrootInto(folder: number): void {
  must('fchdir', libc.fchdir(folder))
  must('chroot', libc.chroot('.'))
}

export const changeTo = (folder: number): number => must('fchdir', libc.fchdir(folder))

const F_SETFD = 2
const FD_CLOEXEC = 1

/** The next program does not inherit this descriptor. A closed one is ignored. */
export const closeOnExec = (fd: number): number => libc.fcntl(fd, F_SETFD, FD_CLOEXEC)

/** The next program inherits it. Node sets close-on-exec on all inherited descriptors. */
export const keepOnExec = (fd: number): number => must('fcntl', libc.fcntl(fd, F_SETFD, 0))

export const duplicate = (from: number, to: number): number => must('dup2', libc.dup2(from, to))

/** Fails if the process already leads a session, which is fine. */
export const leaveTerminal = (): number => libc.setsid()

/** Most user namespaces do not allow it, and groups have no meaning there. */
export const leaveGroups = (): number => libc.setgroups(0, null)

const RLIMIT_BYTES = 16

/** getrlimit(2): soft and hard limit are equal. */
export function setLimit(resource: number, most: number): void {
  const limit = Buffer.alloc(RLIMIT_BYTES)
  limit.writeBigUInt64LE(BigInt(most), 0)
  limit.writeBigUInt64LE(BigInt(most), 8)
  must(`setrlimit(${resource})`, libc.setrlimit(resource, limit))
}

export const prctl = (option: number, ...args: readonly (number | bigint)[]): number =>
  libc.prctl(option, args[0] ?? 0, args[1] ?? 0, args[2] ?? 0, args[3] ?? 0)

const CAPABILITY_VERSION = 0x20080522 // _LINUX_CAPABILITY_VERSION_3
const CAPABILITY_WORDS = 6

/** Permitted and effective capabilities of the thread, as a bit mask. None is inheritable. */
export function setCapabilities(mask: number): void {
  const header = Buffer.alloc(8)
  header.writeUInt32LE(CAPABILITY_VERSION)
  const data = Buffer.alloc(CAPABILITY_WORDS * 4)
  data.writeUInt32LE(mask, 0)
  data.writeUInt32LE(mask, 4)
  must('capset', libc.capset(header, data))
}

/** Does not return. Signals that this process ignores get their default action. */
export function replaceProcess(
  path: string,
  args: readonly string[],
  env: readonly string[],
): never {
  libc.signal(constants.signals.SIGPIPE, 0)
  libc.execve(path, [...args, null], [...env, null])
  throw new SyscallError(`execve(${path})`, errno())
}
