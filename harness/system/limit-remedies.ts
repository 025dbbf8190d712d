/**
 * The remedy if the machine has run out of something, by the error code of the failed call
 * (errno(3)).
 */
import { EnvironmentError } from './errors.ts'

/** These errors concern the machine, whatever call reports them. */
const SHORTAGES: Readonly<Record<string, string>> = {
  EMFILE: 'the limit of open files is reached: raise it (ulimit -n 20000), or run with --jobs 1',
  ENFILE: 'the machine has no more open files: raise fs.file-max, or end other programs',
  ENOMEM:
    'there is not enough memory: end other programs, raise the limit (ulimit -v, the memory limit of the container), or run with --jobs 1',
  ENOBUFS: 'the kernel has no memory for more packets: end other programs, or run with --jobs 1',
  ENOSPC:
    'the file system is full: free some space, or name another folder for temporary files (TMPDIR)',
  EDQUOT: 'the disk quota is exhausted: free some space',
  EROFS: 'the file system is read-only: name a folder that can be written to',
  EIO: 'the disk has an error: see dmesg',
  ERR_WORKER_OUT_OF_MEMORY:
    'the heap limit of a thread is reached: raise or remove --max-old-space-size (NODE_OPTIONS), or split the scenario',
  ERR_WORKER_INIT_FAILED:
    'no thread could be started: raise the limits of processes and memory (ulimit -u, ulimit -v, pids.max), or run with --jobs 1',
}

/** Calls that make a namespace: for them, ENOSPC is no full file system (unshare(2)). */
const NAMESPACE_CALLS = new Set(['unshare', 'clone'])
const NO_NAMESPACE =
  'the limit of network namespaces is reached: raise it (sudo sysctl -w user.max_net_namespaces=15000), end other programs that have namespaces, or run with --jobs 1'

/** For programs that could not be started. */
const UNSTARTED: Readonly<Record<string, string>> = {
  ...SHORTAGES,
  EAGAIN:
    'the limit of processes is reached: raise it (ulimit -u; in a container or service pids.max), or end other processes',
  ENOENT: 'the program or its interpreter does not exist',
  EACCES: 'this user has no permission to run it',
  E2BIG: 'its arguments are too long',
}

const DELETED_FOLDER =
  'the working folder was deleted: change to a folder that exists (cd) and run the command again'

/** If a thread cannot be started, only the message shows why. */
function shortageCode(error: unknown): string {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  const named = code === 'ERR_WORKER_INIT_FAILED' ? /\bE[A-Z]{3,}\b/.exec(message)?.[0] : code
  return `${named ?? code}`
}

/** Undefined for any other error. */
export const startRemedy = (error: unknown): string | undefined => UNSTARTED[shortageCode(error)]

/** An error of a system call of our own (harness/kernel/syscalls.ts). */
interface Call {
  readonly call?: string
}

/** An error with the remedy, if the machine's state explains it. Undefined for all others. */
export function shortageOf(error: unknown): EnvironmentError | undefined {
  const { syscall: of, call, path, message } = (error ?? {}) as NodeJS.ErrnoException & Call
  const syscall = of ?? call
  if (isDeletedFolder(error)) return new EnvironmentError(DELETED_FOLDER, { cause: error })
  const code = shortageCode(error)
  const isNamespace = code === 'ENOSPC' && NAMESPACE_CALLS.has(`${syscall}`)
  const remedy = isNamespace ? NO_NAMESPACE : SHORTAGES[code]
  if (remedy === undefined) return undefined
  const what = path ?? syscall ?? message
  return new EnvironmentError(`${what}: ${remedy}`, { cause: error })
}

const isDeletedFolder = (error: unknown): boolean =>
  shortageCode(error) === 'ENOENT' && (error as NodeJS.ErrnoException).syscall === 'uv_cwd'

/** Throws EnvironmentError if the working folder was deleted. */
export function mustHaveFolder(): void {
  try {
    process.cwd()
  } catch (error) {
    throw shortageOf(error) ?? error
  }
}
