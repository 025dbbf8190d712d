/**
 * The system calls that a confined program may use, as a seccomp filter (seccomp(2)): a program for
 * the classic packet filter. A refused call fails as if the kernel did not have it, or as if a
 * right were missing. Nothing is killed.
 */
import { type Call, LAST_KNOWN, type Processor } from './numbers.ts'

// include/uapi/asm-generic/errno.h
const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97

/**
 * Calls that change what other programs use, look into other processes, or reach rarely tested
 * parts of the kernel.
 */
export const REFUSED: readonly Call[] = [
  // Mounts and roots.
  ...(['mount', 'umount2', 'pivot_root', 'chroot', 'open_tree', 'open_tree_attr'] as const),
  ...(['move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr'] as const),
  ...(['name_to_handle_at', 'open_by_handle_at', 'fanotify_init', 'quotactl'] as const),
  ...(['quotactl_fd', 'swapon', 'swapoff', 'acct'] as const),
  // Namespaces: in its own user namespace, a program has all capabilities.
  ...(['unshare', 'setns'] as const),
  // Other processes.
  ...(['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise'] as const),
  ...(['process_mrelease', 'kcmp', 'pidfd_getfd', 'vhangup'] as const),
  // The kernel itself, and the machine.
  ...(['init_module', 'finit_module', 'delete_module', 'kexec_load', 'kexec_file_load'] as const),
  ...(['reboot', 'iopl', 'ioperm', 'modify_ldt', 'settimeofday', 'clock_settime'] as const),
  ...(['syslog', 'lookup_dcookie'] as const),
  // Calls without a namespace, and calls with a history of exploits.
  ...(['bpf', 'perf_event_open', 'keyctl', 'add_key', 'request_key', 'userfaultfd'] as const),
  ...(['io_uring_setup', 'io_uring_enter', 'io_uring_register'] as const),
]

/**
 * For socket(2): the families that rules are set with. AF_VSOCK reaches the host of a virtual
 * machine, AF_ALG its ciphers.
 */
const FAMILIES = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17 } as const
/**
 * For netlink(7): route, sock_diag, nflog, xfrm, fib_lookup, netfilter, generic. Others (audit,
 * crypto, SCSI) do not concern networks.
 */
const NETLINK: readonly number[] = [0, 4, 5, 6, 10, 12, 16]
/** Namespaces that clone(2) would make: CLONE_NEWTIME, NS, CGROUP, UTS, IPC, USER, PID, NET. */
const NEW_NAMESPACES = 0x7e020080
/**
 * ioctl_tty(2): input that a terminal reads as typed (TIOCSTI, TIOCLINUX), line disciplines
 * (TIOCSETD).
 */
const TERMINAL: readonly number[] = [0x5412, 0x541c, 0x5423]
/** The processor's second system-call numbering begins here (x32). */
const X32 = 0x40000000

// include/uapi/linux/bpf_common.h, include/uapi/linux/seccomp.h
const LOAD = 0x20
const IF_EQUAL = 0x15
const IF_GREATER = 0x25
const IF_ANY_BIT = 0x45
const RETURN = 0x06
const ALLOW = 0x7fff0000
const ERROR = 0x00050000
/** struct seccomp_data: number, processor, instruction pointer, six arguments. */
const NUMBER_AT = 0
const PROCESSOR_AT = 4
const argumentAt = (index: number): number => 16 + 8 * index

interface Step {
  readonly code: number
  readonly value: number
  /** Steps to skip if the condition holds, and if it does not. */
  readonly yes?: number
  readonly no?: number
}

const load = (value: number): Step => ({ code: LOAD, value })
const answer = (value: number): Step => ({ code: RETURN, value })
const refuse = (error: number): Step => answer(ERROR | error)
const unless = (code: number, value: number, skip: number): Step => ({ code, value, no: skip })

/** The steps for one call. The last one returns. */
const forCall = (number: number | undefined, steps: readonly Step[]): Step[] =>
  number === undefined ? [] : [unless(IF_EQUAL, number, steps.length), ...steps]

/** Allows if the loaded word is one of these, else refuses. */
const oneOf = (values: readonly number[], error: number): Step[] => [
  ...values.flatMap((value) => [unless(IF_EQUAL, value, 1), answer(ALLOW)]),
  refuse(error),
]

/** Refuses if the loaded word is one of these, else allows. */
const noneOf = (values: readonly number[], error: number): Step[] => [
  ...values.flatMap((value) => [unless(IF_EQUAL, value, 1), refuse(error)]),
  answer(ALLOW),
]

function sockets(): Step[] {
  const { NETLINK: netlink, ...others } = FAMILIES
  const protocols = [load(argumentAt(2)), ...oneOf(NETLINK, EPERM)]
  return [
    load(argumentAt(0)),
    unless(IF_EQUAL, netlink, protocols.length),
    ...protocols,
    ...oneOf(Object.values(others), EAFNOSUPPORT),
  ]
}

function steps({ audit, numberOf }: Processor): Step[] {
  return [
    load(PROCESSOR_AT),
    { code: IF_EQUAL, value: audit, yes: 1 },
    refuse(ENOSYS),
    load(NUMBER_AT),
    unless(IF_GREATER, X32 - 1, 1),
    refuse(ENOSYS),
    unless(IF_GREATER, LAST_KNOWN, 1),
    refuse(ENOSYS),
    ...REFUSED.flatMap((call) => forCall(numberOf(call), [refuse(EPERM)])),
    // Its flags are behind a pointer, which a filter cannot read. Libraries then use the older
    // call.
    ...forCall(numberOf('clone3'), [refuse(ENOSYS)]),
    ...forCall(numberOf('clone'), [
      load(argumentAt(0)),
      unless(IF_ANY_BIT, NEW_NAMESPACES, 1),
      refuse(EPERM),
      answer(ALLOW),
    ]),
    ...forCall(numberOf('ioctl'), [load(argumentAt(1)), ...noneOf(TERMINAL, EPERM)]),
    ...forCall(numberOf('socket'), sockets()),
    ...forCall(numberOf('socketpair'), sockets()),
    answer(ALLOW),
  ]
}

const STEP_BYTES = 8 // struct sock_filter

/** The filter's steps in the kernel's format. */
export function filterFor(processor: Processor): Buffer {
  const all = steps(processor)
  const program = Buffer.alloc(all.length * STEP_BYTES)
  for (const [i, { code, value, yes = 0, no = 0 }] of all.entries()) {
    program.writeUInt16LE(code, i * STEP_BYTES)
    program.writeUInt8(yes, i * STEP_BYTES + 2)
    program.writeUInt8(no, i * STEP_BYTES + 3)
    program.writeUInt32LE(value >>> 0, i * STEP_BYTES + 4)
  }
  return program
}

export const stepsIn = (program: Buffer): number => program.length / STEP_BYTES
