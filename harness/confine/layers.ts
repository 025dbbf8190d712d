/**
 * Folders of the machine in the root of a confined program, as they are: what is
 * written there goes to memory, and is seen nowhere else.
 *
 * A file system over which nothing can be laid is made read-only instead. Mounts
 * that came from outside are locked in a user namespace, and no layer goes over a
 * folder that has such below it (EINVAL): its entries then get layers of their own.
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

/** A file that cannot be laid over is copied up to this size, so that it can be written too. */
const MOST_COPIED = 256 * 1024

export class Layers {
  readonly #folder: string
  #made = 0

  /** `folder` is the layers' own: an empty file system in memory. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * `to` is there, and empty. What is written goes into copies of the folders above it,
   * and those of somebody who is unknown in a user namespace cannot be copied (EOVERFLOW):
   * `paved` are folders below `from` that are made before, because it is likely that
   * something is written into them. False where the machine has nothing at `from` that can be read.
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
      // By number: commas and colons in a name would be taken for others of the option's words.
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

  /** Below a layer only what is under the mount is seen. */
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

/** The outer ones come first. */
function pave(from: string, up: string, path: string): void {
  const stats = lstatSync(join(from, path), { throwIfNoEntry: false })
  if (!stats?.isDirectory()) return
  mkdirSync(join(up, path), { recursive: true })
  resemble(join(up, path), stats)
}

/** Others come and go meanwhile, and some may not be read. */
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

/** In a user namespace most owners are unknown: then it is ours. */
export function resemble(path: string, { mode, uid, gid }: Stats): void {
  try {
    chownSync(path, uid, gid)
  } catch {
    // It belongs to whoever made it.
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
    // It may not be read, or is gone: then the program has no such file either.
  }
}

function writeOver(from: string, to: string, stats: Stats): void {
  if (stats.size <= MOST_COPIED) copyOrBind(from, to, stats)
  else bindReadOnly(from, to)
}
