/**
 * The privileges and resource limits of a confined script. The process that becomes the script
 * drops all others permanently.
 */
import { openSync, readdirSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { bufferAddress } from '../kernel/syscalls.ts'
import {
  closeOnExec,
  duplicate,
  keepOnExec,
  leaveGroups,
  leaveTerminal,
  prctl,
  setCapabilities,
  setLimit,
} from './calls.ts'
import { filterFor, stepsIn } from './filter.ts'
import { processorOf } from './numbers.ts'

/**
 * capabilities(7). The first two are needed for setting rules. The third one is for the script's
 * own folder, which may belong to another user than root: nothing visible there is secret, and
 * nothing that is written leaves memory.
 */
const KEPT = { NET_ADMIN: 12, NET_RAW: 13, DAC_OVERRIDE: 1 } as const
const MASK = Object.values(KEPT).reduce((sum, bit) => sum | (1 << bit), 0)
const MOST_CAPABILITIES = 64

// include/uapi/linux/prctl.h
const PR_SET_SECCOMP = 22
const SECCOMP_MODE_FILTER = 2
const PR_CAPBSET_DROP = 24
const PR_SET_NO_NEW_PRIVS = 38
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_CLEAR_ALL = 4

const MIB = 1024 * 1024

/** getrlimit(2), by the numbers of include/uapi/asm-generic/resource.h. */
const LIMITS: readonly (readonly [number, number])[] = [
  [1, 64 * MIB], // RLIMIT_FSIZE
  [4, 1], // RLIMIT_CORE: at 1 the kernel starts no program for a dump either (core(5)), at 0 it would
  [6, 4096], // RLIMIT_NPROC, which root has in a user namespace only
  [7, 1024], // RLIMIT_NOFILE
  [12, 819_200], // RLIMIT_MSGQUEUE
  [2, 1024 * MIB], // RLIMIT_DATA
]

/** Processes at once, if a process namespace may have its own limit. */
const MOST_PROCESSES = 1024
const HAS_LIMIT = [6, 14] as const // before Linux 6.14 the number was the whole machine's

/** Must be called while the settings of the kernel are still writable. */
export function limitProcesses(proc: string): void {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  const isOwn = major > HAS_LIMIT[0] || (major === HAS_LIMIT[0] && minor >= HAS_LIMIT[1])
  if (isOwn) writeFileSync(`${proc}/sys/kernel/pid_max`, `${MOST_PROCESSES}`)
}

/** In the new root. Afterwards only the script may be started. Throws if any part of it fails. */
export function giveUp(): void {
  leaveTerminal()
  writeFileSync('/proc/self/oom_score_adj', '1000')
  keepOutputsOnly()
  leaveGroups()
  dropCapabilities()
  // Last, because this process itself needs more memory than a script.
  const filter = prepareFilter()
  for (const [resource, most] of LIMITS) setLimit(resource, most)
  filter()
}

const FIRST_OTHER = 3

/**
 * Its standard input is the device as seen in there, because the mode of the device outside could
 * be changed.
 */
function keepOutputsOnly(): void {
  duplicate(openSync('/dev/null', 'r'), 0)
  for (const fd of [1, 2]) keepOnExec(fd)
  for (const fd of readdirSync('/proc/self/fd').map(Number)) if (fd >= FIRST_OTHER) closeOnExec(fd)
}

function dropCapabilities(): void {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
  for (let bit = 0; bit < MOST_CAPABILITIES; bit++)
    if ((MASK & (1 << bit)) === 0 || bit > 31) prctl(PR_CAPBSET_DROP, bit)
  setCapabilities(MASK)
}

const PROGRAM_BYTES = 16 // struct sock_fprog

function prepareFilter(): () => void {
  const processor = processorOf(process.arch)
  if (!processor)
    throw new Error(`the system calls of this processor (${process.arch}) are unknown`)
  const steps = filterFor(processor)
  const program = Buffer.alloc(PROGRAM_BYTES)
  program.writeUInt16LE(stepsIn(steps))
  program.writeBigUInt64LE(bufferAddress(steps), 8)
  const at = bufferAddress(program)
  return () => {
    must('no_new_privs', prctl(PR_SET_NO_NEW_PRIVS, 1))
    must('seccomp', prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, at))
    // koffi does not keep a buffer alive whose address it took.
    if (steps.length + program.length === 0) throw new Error('the system call filter is empty')
  }
}

function must(what: string, result: number): void {
  if (result !== 0) throw new Error(`the kernel does not support ${what}`)
}
