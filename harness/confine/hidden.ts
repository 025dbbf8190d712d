/** What of a folder a confined program does not see: secrets, and things by which it could speak to others. */
import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** What programs need; the stores are those of NixOS and Guix. */
export const SYSTEM = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc'],
  ...['/nix/store', '/gnu/store'],
]

/** Folders that belong to nobody: of these a script sees the files beside it, not the folders. */
export const EVERYBODYS = new Set([
  ...['/', '/dev/shm', '/home', '/media', '/mnt', '/opt', '/run', '/srv', '/tmp', '/var'],
  ...['/var/lib', '/var/tmp'],
])

/** Entries that are looked at, those nearest to the folder first; folders that have more than is left of it are hidden whole. */
const MOST_ENTRIES = 4000

/** One entry; `path` begins below the folder. */
export interface Entry {
  readonly name: string
  readonly path: string
  readonly kind: Dirent
  /** What the kernel has of it; asked for where it is needed, because that takes most of the time. */
  mode(): number
}

/** Paths below `folder` that are hidden, each with all that is in it. */
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

/** Undefined where it may not be read: nor may the program. */
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

/** Beside a script: keys, tokens and histories have names that begin with a dot (.git, .env, .ssh, .netrc). */
export const isPrivateName =
  (script: string) =>
  ({ name, path, kind }: Entry): boolean =>
    isSpecial(kind) || (name.startsWith('.') && path !== script)

const READ = 0o4
const SEARCH = 0o1

export const isForAll = (name: string, { mode }: Stats): boolean =>
  !name.startsWith('.') && (mode & READ) !== 0

/** Of the system's settings: what not every user of the machine may read, but for those of firewalls. */
export function isUnreadable({ path, kind, mode }: Entry): boolean {
  if (isSpecial(kind)) return true
  if (kind.isSymbolicLink() || FIREWALLS.test(path)) return false
  const needed = kind.isDirectory() ? READ | SEARCH : READ
  return (mode() & needed) !== needed
}

/** Below /etc, where distributions keep rules; some of them let only root read these. */
const FIREWALLS =
  /^(?:sysconfig\/|default\/)?(?:nftables|iptables|ip6tables|ebtables|arptables|ipset|ufw|firewalld?|shorewall6?|ferm)(?:[./-]|$)/
