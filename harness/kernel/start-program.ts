/**
 * Runs a program while the thread waits, as `spawnSync` of Node does, which takes several times as
 * long in a large process (docs/decisions/0037).
 */
import type { Started, StartOptions } from '../system/run-program-sync.ts'
import { Exchange, waitsByDescriptor } from './exchange.ts'
import { posixSpawn } from './posix-spawn.ts'
import { close, libcFunction, must } from './syscalls.ts'

const libc = {
  fcntl: libcFunction('int fcntl(int, int, long)'),
  pipe2: libcFunction('int pipe2(void*, int)'),
}

const O_CLOEXEC = 0o2000000
const O_NONBLOCK = 0o4000
const F_SETFL = 4
const F_DUPFD_CLOEXEC = 1030
/** Above every descriptor that a program is given. */
const FIRST = 10

export const canStartPrograms: () => boolean = waitsByDescriptor

/** Returns errors in the form that `spawnSync` has. */
export function startProgram(
  program: string,
  args: readonly string[],
  options: StartOptions,
): Started {
  const opened = new Opened()
  try {
    const { theirs, ours } = connect(options, opened)
    const { env, leadsGroup: leadsSession } = options
    const pid = posixSpawn({ program, args, env, descriptors: theirs, leadsSession })
    for (const fd of theirs) if (fd !== 'empty') opened.close(fd)
    return { pid, ...new Exchange(ours, options).untilEnd(pid, (fd) => opened.close(fd)) }
  } catch (error) {
    return { status: null, signal: null, stdout: null, stderr: null, error: error as Error }
  } finally {
    opened.closeAll()
  }
}

function connect({ input, outputTo, third }: StartOptions, opened: Opened) {
  const stdin = input === undefined ? undefined : opened.pipe('to')
  const outputs =
    outputTo === 'pipe'
      ? [opened.pipe('from'), opened.pipe('from')]
      : [opened.copy(outputTo), opened.copy(outputTo)]
  const given = third === undefined ? [] : [opened.copy(third).their]
  return {
    theirs: [stdin?.their ?? ('empty' as const), ...outputs.map(({ their }) => their), ...given],
    ours: { input: stdin?.our, outputs: outputs.map(({ our }) => our) },
  }
}

interface Ends {
  /** The program's. */
  readonly their: number
  /** Ours, which never blocks. Undefined: the program has the file itself. */
  readonly our: number | undefined
}

/** What this process opened for one program. No other program inherits it. */
class Opened {
  readonly #fds = new Set<number>()

  pipe(direction: 'to' | 'from'): Ends {
    const pair = Buffer.alloc(8)
    must('pipe2', libc.pipe2(pair, O_CLOEXEC))
    const [read, write] = [this.#add(pair.readInt32LE(0)), this.#add(pair.readInt32LE(4))]
    const [low, our] = direction === 'to' ? [read, write] : [write, read]
    must('fcntl(F_SETFL)', libc.fcntl(our, F_SETFL, O_NONBLOCK))
    const { their } = this.copy(low)
    this.close(low)
    return { their, our }
  }

  copy(fd: number): Ends {
    const their = must('fcntl(F_DUPFD_CLOEXEC)', libc.fcntl(fd, F_DUPFD_CLOEXEC, FIRST))
    return { their: this.#add(their), our: undefined }
  }

  close(fd: number): void {
    this.#fds.delete(fd)
    close(fd)
  }

  closeAll(): void {
    for (const fd of this.#fds) close(fd)
  }

  #add(fd: number): number {
    this.#fds.add(fd)
    return fd
  }
}
