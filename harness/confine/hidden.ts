/** What of a folder a confined program does not see: secrets, and things by which it could speak to others. */
import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** Entries that are looked at, those nearest to the folder first; folders beyond are hidden whole. */
const MOST_ENTRIES = 10_000

/** One entry; `path` begins below the folder. */
export interface Entry {
  readonly name: string
  readonly path: string
  readonly stats: Stats
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
    const names = seen > most ? undefined : namesIn(join(folder, path))
    if (names === undefined || seen + names.length > most) {
      seen = most + 1
      hidden.push(path)
      continue
    }
    seen += names.length
    for (const name of names) {
      const below = join(path, name)
      const stats = lstatSync(join(folder, below), { throwIfNoEntry: false })
      if (!stats) continue
      if (isHidden({ name, path: below, stats })) hidden.push(below)
      else if (stats.isDirectory()) waiting.push(below)
    }
  }
  return hidden
}

/** Undefined where it may not be read: nor may the program. */
function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder)
  } catch {
    return undefined
  }
}

/** Sockets, pipes and devices lead to other processes. */
const isSpecial = (stats: Stats): boolean =>
  !stats.isFile() && !stats.isDirectory() && !stats.isSymbolicLink()

/** Beside a script: keys, tokens and histories have names that begin with a dot (.git, .env, .ssh, .netrc). */
export const isPrivateName =
  (script: string) =>
  ({ name, path, stats }: Entry): boolean =>
    isSpecial(stats) || (name.startsWith('.') && path !== script)

const READ = 0o4
const SEARCH = 0o1

/** Of the system's settings: what not every user of the machine may read, but for those of firewalls. */
export function isUnreadable({ path, stats }: Entry): boolean {
  if (isSpecial(stats)) return true
  if (stats.isSymbolicLink() || FIREWALLS.test(path)) return false
  const needed = stats.isDirectory() ? READ | SEARCH : READ
  return (stats.mode & needed) !== needed
}

/** Below /etc, where distributions keep rules; some of them let only root read these. */
const FIREWALLS =
  /^(?:sysconfig\/|default\/)?(?:nftables|iptables|ip6tables|ebtables|arptables|ipset|ufw|firewalld?|shorewall6?|ferm)(?:[./-]|$)/
