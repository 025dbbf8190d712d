/**
 * Why a sandbox ended during its use, and the remedy: from its signal, its exit code and its last
 * output.
 */
import { killer } from '../system/command-error.ts'

export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of its standard error. */
  readonly said: string
}

/** For namespaces, this error means that their limit is reached. */
const NO_SPACE = /ENOSPC|No space left/i

/** Messages of V8, Node and the C library when they abort. */
const LAST_WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /heap limit|heap out of memory|ERR_WORKER_OUT_OF_MEMORY/i,
    'the heap limit of Node is reached: raise or remove --max-old-space-size (NODE_OPTIONS), or split the scenario',
  ],
  [
    /process OOM|Cannot allocate memory|ENOMEM|virtual memory|out of memory|bad_alloc/i,
    'there is not enough memory: end other programs, raise the limit (ulimit -v, the memory limit of the container), or run with --jobs 1',
  ],
  [
    /pthread_create|uv_thread_create|Resource temporarily unavailable|EAGAIN|ERR_WORKER_INIT_FAILED|Cannot fork/i,
    'the limit of processes is reached: raise it (ulimit -u; in a container or service pids.max), or end other processes',
  ],
  [
    /EMFILE|ENFILE|Too many open files/i,
    'the limit of open files is reached: raise it (ulimit -n 20000), or run with --jobs 1',
  ],
  [NO_SPACE, 'the file system is full: free some space'],
]

/** Shells report signals as exit codes from here on. */
const SIGNALLED = 128
const KILLED = 9
const ABORTED = 6

// unshare(1) sends itself the signal that killed its child, and reports an error for SIGKILL, which
// cannot be unblocked.
const PASSING_KILL = /^unshare: sigprocmask unblock failed: .*$/m

/** The end of the first process in the namespaces, not of unshare. */
export function endOf(end: ProcessEnd): ProcessEnd {
  if (!PASSING_KILL.test(end.said)) return end
  return { ...end, signal: 'SIGKILL', said: end.said.replace(PASSING_KILL, '').trim() }
}

export const wordsSaid = ({ said }: ProcessEnd): string =>
  said === '' ? '' : `\nIts last output:\n${said}`

export function reasonOfEnd(end: ProcessEnd): string {
  const { code, signal, said } = endOf(end)
  const [, reason] = LAST_WORDS.find(([words]) => words.test(said)) ?? []
  if (reason !== undefined) return reason
  if (signal) return killer(signal)
  if (code === SIGNALLED + KILLED) return killer('SIGKILL')
  if (code === SIGNALLED + ABORTED) return killer('SIGABRT')
  return 'run the command again; if this happens again, please report it'
}

/**
 * Whether a program on the way into the sandbox ran out of a resource, rather than being refused.
 */
export const crashed = (said: string): boolean =>
  LAST_WORDS.some(([words]) => words.test(said)) && !NO_SPACE.test(said)
