/**
 * Parts of a folder that a confined program does not see: secrets, and files for communication with
 * other processes.
 */
import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** Folders that programs need; the stores are those of NixOS and Guix. */
export const SYSTEM = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc'],
  ...['/nix/store', '/gnu/store'],
]

/** Shared folders: in these, a script sees the files beside it, but no folders. */
export const EVERYBODYS = new Set([
  ...['/', '/dev/shm', '/home', '/media', '/mnt', '/opt', '/run', '/srv', '/tmp', '/var'],
  ...['/var/lib', '/var/tmp'],
])

/**
 * Checked entries, nearest to the folder first. A folder with more entries than remain is hidden
 * completely.
 */
const MOST_ENTRIES = 4000

/** One entry. `path` is relative to the folder. */
export interface Entry {
  readonly name: string
  readonly path: string
  readonly kind: Dirent
  /** Its lstat, read on demand, because that takes most of the time. */
  mode(): number
}

/** Hidden paths below `folder`. Each hides everything in it. */
export function hiddenIn(
  folder: string,
  isHidden: (entry: Entry) => boolean,
  most = MOST_ENTRIES,
): string[] {
  const hidden: string[] = []
  let seen = 0
  const waiting = ['']
  for (const path of waiting) {
    const entries = entriesIn(join(folder, path))
    if (entries === undefined || (path !== '' && seen + entries.length > most)) {
      hidden.push(path)
      continue
    }
    seen += entries.length
    for (const kind of entries) {
      const below = join(path, kind.name)
      const mode = () => lstatSync(join(folder, below), { throwIfNoEntry: false })?.mode ?? 0
      if (isHidden({ name: kind.name, path: below, kind, mode })) hidden.push(below)
      else if (kind.isDirectory()) waiting.push(below)
    }
  }
  return hidden
}

/** Undefined if it is not readable. Then the program may not read it either. */
function entriesIn(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return undefined
  }
}

/** Sockets, pipes and devices lead to other processes. */
const isSpecial = (kind: Dirent): boolean =>
  !kind.isFile() && !kind.isDirectory() && !kind.isSymbolicLink()

/**
 * Hidden beside a script: files with keys, tokens and histories have names that begin with a dot
 * (.git, .env, .ssh, .netrc).
 */
export const isPrivateName =
  (script: string) =>
  ({ name, path, kind }: Entry): boolean =>
    isSpecial(kind) || (name.startsWith('.') && path !== script)

const READ = 0o4
const SEARCH = 0o1

export const isForAll = (name: string, { mode }: Stats): boolean =>
  !name.startsWith('.') && (mode & READ) !== 0

/** System settings that not every user of the machine may read, except those of firewalls. */
export function isUnreadable({ path, kind, mode }: Entry): boolean {
  if (isSpecial(kind)) return true
  if (kind.isSymbolicLink() || FIREWALLS.test(path)) return false
  const needed = kind.isDirectory() ? READ | SEARCH : READ
  return (mode() & needed) !== needed
}

/** Folders below /etc in which distributions keep rules. Some let only root read them. */
const FIREWALLS =
  /^(?:sysconfig\/|default\/)?(?:nftables|iptables|ip6tables|ebtables|arptables|ipset|ufw|firewalld?|shorewall6?|ferm)(?:[./-]|$)/
