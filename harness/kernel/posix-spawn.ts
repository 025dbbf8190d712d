/**
 * Starts a program without a copy of this process's page tables: with posix_spawn(3) the program
 * shares the memory of this process until it starts (docs/decisions/0037).
 */
import { getSystemErrorName } from 'node:util'
import { libcFunction } from './syscalls.ts'

const libc = {
  spawn: libcFunction('int posix_spawnp(void*, str, void*, void*, const char **, const char **)'),
  initActions: libcFunction('int posix_spawn_file_actions_init(void*)'),
  addOpen: libcFunction('int posix_spawn_file_actions_addopen(void*, int, str, int, uint)'),
  addDup2: libcFunction('int posix_spawn_file_actions_adddup2(void*, int, int)'),
  destroyActions: libcFunction('int posix_spawn_file_actions_destroy(void*)'),
  initAttributes: libcFunction('int posix_spawnattr_init(void*)'),
  setFlags: libcFunction('int posix_spawnattr_setflags(void*, short)'),
  setMask: libcFunction('int posix_spawnattr_setsigmask(void*, void*)'),
  setDefault: libcFunction('int posix_spawnattr_setsigdefault(void*, void*)'),
  fill: libcFunction('int sigfillset(void*)'),
  empty: libcFunction('int sigemptyset(void*)'),
}

// spawn.h of glibc and musl, which agree
const SETSIGDEF = 0x04
const SETSIGMASK = 0x08
const SETSID = 0x80
/** More than the largest of posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t (336). */
const STRUCT_BYTES = 512

export interface Spawn {
  /** A path, or a name that is searched in this process's PATH. */
  readonly program: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /**
   * The program's descriptors 0, 1, 2, …, as descriptors of this process above all of these.
   * `empty`: /dev/null, to be read.
   */
  readonly descriptors: readonly (number | 'empty')[]
  /** The program leads a session of its own. */
  readonly leadsSession: boolean
}

/**
 * Returns the number of the process. Throws errors in the form that `spawnSync` of Node has. In the
 * program, all signals have their default action.
 */
export function posixSpawn({ program, args, env, descriptors, leadsSession }: Spawn): number {
  const pid = Buffer.alloc(4)
  const actions = Buffer.alloc(STRUCT_BYTES)
  libc.initActions(actions)
  try {
    for (const [to, from] of descriptors.entries()) redirect(actions, from, to)
    const variables = Object.entries(env).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    )
    const attributes = leadsSession ? inOwnSession : inThisSession
    const argv = [program, ...args, null]
    const result = libc.spawn(pid, program, actions, attributes, argv, [...variables, null])
    if (result !== 0) throw notStarted(program, result)
    return pid.readInt32LE()
  } finally {
    libc.destroyActions(actions)
  }
}

function redirect(actions: Buffer, from: number | 'empty', to: number): void {
  const result =
    from === 'empty'
      ? libc.addOpen(actions, to, '/dev/null', 0, 0)
      : libc.addDup2(actions, from, to)
  if (result !== 0) throw notStarted('/dev/null', result)
}

function attributes(flags: number): Buffer {
  const made = Buffer.alloc(STRUCT_BYTES)
  const signals = Buffer.alloc(STRUCT_BYTES)
  libc.initAttributes(made)
  libc.setFlags(made, flags | SETSIGDEF | SETSIGMASK)
  libc.fill(signals)
  libc.setDefault(made, signals)
  libc.empty(signals)
  libc.setMask(made, signals)
  return made
}

const inThisSession = attributes(0)
const inOwnSession = attributes(SETSID)

function notStarted(program: string, number: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(-number)
  const syscall = `spawnSync ${program}`
  return Object.assign(new Error(`${syscall} ${code}`), { errno: -number, code, syscall })
}
