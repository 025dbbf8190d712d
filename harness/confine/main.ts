/**
 * Becomes a script that sets up a firewall, in the network namespace in which it is started. It is
 * the first process of new process, mount, IPC, host name and cgroup namespaces. It builds its own
 * root, drops unnecessary privileges, and executes the script, which can then reach nothing else of
 * the machine.
 */
import {
  accessSync,
  constants,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../system/errors.ts'
import { rootIsMounted } from '../system/root-mount.ts'
import { changeTo, chrootInto, enterRootOf, MS, mount, pivotHere, replaceProcess } from './calls.ts'
import { ORDER_FD, type Order } from './order.ts'
import { giveUp, limitProcesses } from './privileges.ts'
import { STAND_INS } from './programs.ts'
import { makeRoot, NEW_ROOT } from './root.ts'

const HOME = '/root'
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

// The first process of a namespace has other signal defaults, and must reap orphaned processes.
const INIT = '"$@"; exit $?'

function start(): void {
  const order = JSON.parse(readFileSync(ORDER_FD, 'utf8')) as Order
  try {
    confine(order)
  } catch (error) {
    say((error as Error).message)
    process.exit(EXIT.notMeasured)
  }
}

/** Read by the process that waits for the script: empty once the script has begun. */
function say(text: string): void {
  ftruncateSync(ORDER_FD)
  writeSync(ORDER_FD, text, 0)
}

function confine(order: Order): never {
  const namespace = openSync('/proc/self/ns/mnt', 'r')
  separateMounts(namespace)
  limitProcesses('/proc')
  const { script, folder } = makeRoot(order)
  const root = openSync(NEW_ROOT, 'r')
  if (!rootIsMounted()) enterRootOf(namespace)
  changeTo(root)
  pivotHere()
  const path = pathHere()
  if (existsSync(folder)) process.chdir(folder)
  mustBeHere(order.interpreter[0]!, path)
  const variables = { HOME, LANG: process.env.LANG ?? 'C.UTF-8', PATH: path, ...order.environment }
  const env = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  say('')
  giveUp()
  replaceProcess('/bin/sh', ['sh', '-c', INIT, 'sh', ...order.interpreter, script], env)
}

/** Mounts here are not visible outside. In a chroot, only the namespace's own root can set this. */
function separateMounts(namespace: number): void {
  const old = openSync('/', 'r')
  const isChroot = !rootIsMounted()
  if (isChroot) enterRootOf(namespace)
  mount({ what: 'none', at: '/', flags: MS.REC | MS.PRIVATE })
  if (isChroot) chrootInto(old)
}

/** The visible part of the command's own PATH. */
function pathHere(): string {
  const asked = [...(process.env.PATH ?? '').split(':'), ...USUAL_PATH.split(':')]
  const seen = asked.filter((folder) => folder.startsWith('/') && existsSync(folder))
  return [...new Set([STAND_INS, ...seen])].join(':')
}

/** Throws if the script cannot see such a program. */
function mustBeHere(program: string, path: string): void {
  const places = program.includes('/') ? [program] : path.split(':').map((at) => join(at, program))
  if (places.some(isProgram)) return
  throw new Error(
    `${program} is not on this machine, or outside the folders of a script: /usr, /bin, /sbin and its own folder`,
  )
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

start()
