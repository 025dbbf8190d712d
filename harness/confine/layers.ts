/**
 * Folders of the machine in the root of a confined program, with their contents. Writes go to
 * memory and are visible nowhere else.
 *
 * A file system that does not support overlays is mounted read-only instead. Mounts from outside
 * are locked in a user namespace, and no overlay is possible over a folder with such a mount below
 * it (EINVAL). The entries of such a folder then get their own overlays.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  type Dirent,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  type Stats,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { MS, mounted } from './calls.ts'
import { bindReadOnly, mountMemory, mountsWithin } from './mounts.ts'

/** A file without an overlay is copied up to this size, so that it is writable too. */
const MOST_COPIED = 256 * 1024

export class Layers {
  readonly #folder: string
  #made = 0

  /** `folder` belongs to the layers: an empty file system in memory. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * `to` exists and is empty. A write copies the folders above it, and a folder of an owner who is
   * unknown in a user namespace cannot be copied (EOVERFLOW). `paved` are folders below `from` that
   * are created in advance, because a script probably writes into them. False if the machine has
   * nothing readable at `from`.
   */
  lay(from: string, to: string, paved: readonly string[] = []): boolean {
    if (this.#overlay(from, to, paved)) {
      for (const at of mountsWithin(from)) this.#layMount(at, to + at.slice(from.length))
      return true
    }
    if (mountsWithin(from).length > 0) return this.#layEntries(from, to)
    return bindReadOnly(from, to)
  }

  /** Its files alone, without its folders. */
  layFiles(from: string, to: string, isShown: (entry: Dirent, stats: Stats) => boolean): void {
    for (const entry of entriesOf(from)) {
      const path = join(from, entry.name)
      const stats = lstatSync(path, { throwIfNoEntry: false })
      if (stats?.isFile() && isShown(entry, stats)) copyOrBind(path, join(to, entry.name), stats)
    }
  }

  #overlay(from: string, to: string, paved: readonly string[]): boolean {
    const stats = statSync(from)
    const own = join(this.#folder, `${++this.#made}`)
    const [up, work] = [join(own, 'up'), join(own, 'work')]
    mkdirSync(up, { recursive: true })
    mkdirSync(work)
    resemble(up, stats)
    for (const path of paved) pave(from, up, path)
    const lower = openFolder(from)
    if (lower === undefined) return false
    try {
      // By number, because commas and colons in a name separate words of the option.
      const options = `lowerdir=/proc/self/fd/${lower},upperdir=${up},workdir=${work}`
      return mounted({
        what: 'overlay',
        at: to,
        type: 'overlay',
        flags: MS.NOSUID | MS.NODEV,
        options,
      })
    } finally {
      closeSync(lower)
    }
  }

  /** An overlay shows only what is under the mount. */
  #layMount(from: string, to: string): void {
    if (!existsSync(to)) return
    const stats = statSync(from, { throwIfNoEntry: false })
    if (stats?.isDirectory()) this.lay(from, to)
    else if (stats?.isFile()) writeOver(from, to, stats)
  }

  #layEntries(from: string, to: string): boolean {
    mountMemory(to)
    resemble(to, statSync(from))
    for (const entry of entriesOf(from)) {
      const [path, at] = [join(from, entry.name), join(to, entry.name)]
      const stats = lstatSync(path, { throwIfNoEntry: false })
      if (stats?.isSymbolicLink()) symlinkSync(readlinkSync(path), at)
      else if (stats?.isDirectory()) {
        mkdirSync(at)
        this.lay(path, at)
      } else if (stats?.isFile()) copyOrBind(path, at, stats)
    }
    return true
  }
}

/** Outer mounts come first. */
function pave(from: string, up: string, path: string): void {
  const stats = lstatSync(join(from, path), { throwIfNoEntry: false })
  if (!stats?.isDirectory()) return
  mkdirSync(join(up, path), { recursive: true })
  resemble(join(up, path), stats)
}

/** Other entries may come and go, and some are not readable. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function openFolder(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch {
    return undefined
  }
}

/** In a user namespace most owners are unknown. The folder then belongs to this user. */
export function resemble(path: string, { mode, uid, gid }: Stats): void {
  try {
    chownSync(path, uid, gid)
  } catch {
    // It belongs to the user who created it.
  }
  chmodSync(path, mode & 0o7777)
}

function copyOrBind(from: string, to: string, stats: Stats): void {
  try {
    if (stats.size <= MOST_COPIED) {
      copyFileSync(from, to)
      resemble(to, stats)
    } else {
      writeFileSync(to, '')
      bindReadOnly(from, to)
    }
  } catch {
    // It is not readable, or gone. Then the program has no such file either.
  }
}

function writeOver(from: string, to: string, stats: Stats): void {
  if (stats.size <= MOST_COPIED) copyOrBind(from, to, stats)
  else bindReadOnly(from, to)
}
