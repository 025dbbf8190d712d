/**
 * Numbers of system calls: those of x86-64, and those that all newer processors share
 * (include/uapi/asm-generic/unistd.h).
 */

/**
 * Name → [x86-64, newer]; null if the processor does not have the call. From 424 on, all processors
 * have the same numbers.
 */
export const NUMBERS = {
  acct: [163, 89],
  add_key: [248, 217],
  bpf: [321, 280],
  chroot: [161, 51],
  clock_settime: [227, 112],
  clone: [56, 220],
  clone3: [435, 435],
  delete_module: [176, 106],
  fanotify_init: [300, 262],
  finit_module: [313, 273],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fsopen: [430, 430],
  fspick: [433, 433],
  init_module: [175, 105],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  io_uring_setup: [425, 425],
  ioctl: [16, 29],
  ioperm: [173, null],
  iopl: [172, null],
  kcmp: [312, 272],
  kexec_file_load: [320, 294],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  lookup_dcookie: [212, 18],
  modify_ldt: [154, null],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  open_tree_attr: [467, 467],
  perf_event_open: [298, 241],
  pidfd_getfd: [438, 438],
  pivot_root: [155, 41],
  process_madvise: [440, 440],
  process_mrelease: [448, 448],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  ptrace: [101, 117],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  reboot: [169, 142],
  request_key: [249, 218],
  setns: [308, 268],
  settimeofday: [164, 170],
  socket: [41, 198],
  socketpair: [53, 199],
  swapoff: [168, 225],
  swapon: [167, 224],
  syslog: [103, 116],
  umount2: [166, 39],
  unshare: [272, 97],
  userfaultfd: [323, 282],
  vhangup: [153, 58],
} as const satisfies Readonly<Record<string, readonly [number, number | null]>>

export type Call = keyof typeof NUMBERS

/**
 * Higher numbers were added after this table was written (Linux 6.18), so they are not classified.
 */
export const LAST_KNOWN = 469

// include/uapi/linux/audit.h
const AUDIT: Readonly<Record<string, number>> = {
  x64: 0xc000003e,
  arm64: 0xc00000b7,
  riscv64: 0xc00000f3,
  loong64: 0xc0000102,
}

export interface Processor {
  /** The value that a filter sees. */
  readonly audit: number
  /** Undefined if the processor does not have this call. */
  numberOf(call: Call): number | undefined
}

/** `arch` is Node's name. Undefined for a processor without a table. */
export function processorOf(arch: string): Processor | undefined {
  const audit = AUDIT[arch]
  if (audit === undefined) return undefined
  return { audit, numberOf: (call) => NUMBERS[call][arch === 'x64' ? 0 : 1] ?? undefined }
}
