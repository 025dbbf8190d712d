/** Mounts of a confined program's root: read-only copies of what is there, and empty file systems in memory. */
import { mkdirSync, readFileSync } from 'node:fs'
import { MS, mount, mounted, restrictMount } from './calls.ts'

/** Of each file system in memory: what a program may write before "no space left on device". */
const MOST_BYTES = '256m'
const MOST_FILES = 100_000

/** Where mounts are, and how: the fields of proc_pid_mountinfo(5) that are asked for here. */
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

/** Blanks, line feeds and backslashes are written as octal numbers there. */
function unescaped(text: string): string {
  const bytes = text.replaceAll(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return bytes === text ? text : Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Paths of mounts within a folder, the outer before the inner. */
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

/** What is at `from`, without what is mounted below it, to be read only. False where it cannot be mounted. */
export function bindReadOnly(from: string, at: string): boolean {
  if (!mounted({ what: from, at, flags: MS.BIND })) return false
  makeReadOnly(at)
  return true
}

/** Devices that it may contain stay usable where `devices`. */
export function makeReadOnly(at: string, { devices = false } = {}): void {
  if (!devices && restrictMount(at)) return
  const kept = mountsNow().findLast((one) => one.at === at)?.options ?? []
  const flags = MS.RDONLY | MS.NOSUID | (devices ? 0 : MS.NODEV)
  // Those that it has may be locked: whoever leaves one out is refused.
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
