/**
 * /proc, /sys and /dev of a confined program: its own processes, the settings of its network, and
 * harmless devices.
 */
import { lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MS, mount, mounted } from './calls.ts'
import { bindReadOnly, makeReadOnly } from './mounts.ts'

/** Makes what is at a path empty. */
export type Cover = (path: string) => void

/**
 * Files from which programs learn about the machine. All others could change it, or reveal facts
 * about other users.
 */
const SHOWN_PROC = new Set([
  ...['config.gz', 'cpuinfo', 'crypto', 'devices', 'filesystems', 'loadavg'],
  ...['meminfo', 'modules', 'partitions', 'stat', 'swaps', 'sys', 'uptime', 'version', 'vmstat'],
])
const SETTINGS = 'sys'
const IS_PROCESS = /^\d+$/

/**
 * For processes of this process's own namespace. Settings are read-only, except those of the
 * network (proc(5)).
 */
export function mountProc(at: string, cover: Cover): void {
  const flags = MS.NOSUID | MS.NODEV | MS.NOEXEC
  mount({ what: 'proc', at, type: 'proc', flags })
  for (const name of readdirSync(at)) {
    const path = join(at, name)
    if (IS_PROCESS.test(name) || isLink(path)) continue
    if (!SHOWN_PROC.has(name)) cover(path)
    else if (name !== SETTINGS) bindReadOnly(path, path)
  }
  const settings = join(at, SETTINGS)
  const network = join(settings, 'net')
  mount({ what: settings, at: settings, flags: MS.BIND })
  mount({ what: network, at: network, flags: MS.BIND })
  makeReadOnly(settings)
}

const SHOWN_SYS = new Set(['bus', 'class', 'dev', 'devices', 'module'])

/**
 * With the interfaces of this process's own network. Empty if the kernel does not allow a new
 * mount.
 */
export function mountSys(at: string, cover: Cover): void {
  const flags = MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC
  if (!mounted({ what: 'sysfs', at, type: 'sysfs', flags })) return
  for (const name of readdirSync(at)) if (!SHOWN_SYS.has(name)) cover(join(at, name))
}

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty']
const LINKS = {
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
} as const

/** A device on a read-only mount can still be written. Only its owner and mode are protected. */
export function makeDevices(at: string): void {
  for (const name of DEVICES) {
    const path = join(at, name)
    writeFileSync(path, '')
    if (mounted({ what: `/dev/${name}`, at: path, flags: MS.BIND }))
      makeReadOnly(path, { devices: true })
  }
  for (const [name, target] of Object.entries(LINKS)) symlinkSync(target, join(at, name))
  mkdirSync(join(at, 'shm'))
}

const isLink = (path: string): boolean => lstatSync(path).isSymbolicLink()

/** Empties a path and makes it read-only. `nothing` is a folder for the covering mounts. */
export function coverWith(nothing: string): Cover {
  const [folder, file] = [join(nothing, 'folder'), join(nothing, 'file')]
  mkdirSync(folder, { recursive: true, mode: 0o555 })
  writeFileSync(file, '', { mode: 0o444 })
  return (path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats || stats.isSymbolicLink()) return
    // Uncovered files would be visible.
    if (!bindReadOnly(stats.isDirectory() ? folder : file, path))
      throw new Error(`${path} cannot be hidden`)
  }
}
