/**
 * Mounts in a confined program's root: read-only mounts of existing folders, and empty file systems
 * in memory.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { MS, mount, mounted, restrictMount } from './calls.ts'

/**
 * The size of each file system in memory: a program that writes more gets "no space left on
 * device".
 */
const MOST_BYTES = '256m'
const MOST_FILES = 100_000

/** Existing mounts and their options: the required fields of proc_pid_mountinfo(5). */
interface Mounted {
  readonly at: string
  readonly options: readonly string[]
}

function mountsNow(): Mounted[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const fields = line.split(' ')
    return { at: unescaped(fields[4]!), options: fields[5]!.split(',') }
  })
}

/** In this file, blanks, line feeds and backslashes are octal numbers. */
function unescaped(text: string): string {
  const bytes = text.replaceAll(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return bytes === text ? text : Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Paths of mounts within a folder, outer ones before inner ones. */
export function mountsWithin(folder: string): string[] {
  const paths = mountsNow().map(({ at }) => at)
  return [...new Set(paths)].filter((at) => at.startsWith(`${folder}/`)).sort()
}

/** An empty file system, which ends with its last user. */
export function mountMemory(at: string, mode = '755'): void {
  mkdirSync(at, { recursive: true })
  mount({
    what: 'none',
    at,
    type: 'tmpfs',
    flags: MS.NOSUID | MS.NODEV,
    options: `mode=${mode},size=${MOST_BYTES},nr_inodes=${MOST_FILES}`,
  })
}

/** The contents of `from`, without mounts below it, read-only. False if it cannot be mounted. */
export function bindReadOnly(from: string, at: string): boolean {
  if (!mounted({ what: from, at, flags: MS.BIND })) return false
  makeReadOnly(at)
  return true
}

/** With `devices`, devices in it stay usable. */
export function makeReadOnly(at: string, { devices = false } = {}): void {
  if (!devices && restrictMount(at)) return
  const kept = mountsNow().findLast((one) => one.at === at)?.options ?? []
  const flags = MS.RDONLY | MS.NOSUID | (devices ? 0 : MS.NODEV)
  // Existing flags may be locked: a mount without one of them is refused.
  const all = kept.reduce((sum, name) => sum | (FLAGS[name] ?? 0), flags)
  mount({ what: 'none', at, flags: MS.REMOUNT | MS.BIND | all })
}

const FLAGS: Readonly<Record<string, number>> = {
  nosuid: MS.NOSUID,
  nodev: MS.NODEV,
  noexec: MS.NOEXEC,
  noatime: MS.NOATIME,
  nodiratime: MS.NODIRATIME,
  relatime: MS.RELATIME,
}
