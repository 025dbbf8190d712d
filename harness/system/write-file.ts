/**
 * Files that commands write for the user: completely or not at all. The text goes into a file
 * beside the named one, which replaces it once everything is on the disk. After a full disk or a
 * crash, the old file is unchanged, or there is none.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  readlinkSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'

type Text = string | Iterable<string>

/**
 * Symbolic links are followed and stay. A special file (a pipe, a terminal, /dev/stdout) is written
 * directly. Throws the system's error.
 */
export function writeWhole(file: string, text: Text): void {
  const { path, descriptor } = followed(file)
  const before = statSync(file, { throwIfNoEntry: false })
  if (descriptor !== undefined) writeAll(descriptor, text)
  else if (before && !before.isFile()) writeDirectly(file, text)
  else writeInPlace(file, path, before, text)
}

function writeInPlace(file: string, path: string, before: Stats | undefined, text: Text): void {
  try {
    replace(path, text, before, (part) => renameSync(part, path))
  } catch (error) {
    // A writable file in a read-only folder, or a mount point.
    if (!before || !CANNOT_REPLACE.has(errorCode(error))) throw error
    writeDirectly(file, text)
  }
}

/** The same for a new file: throws EEXIST if it exists. */
export function writeNew(file: string, text: Text): void {
  const before = statSync(file, { throwIfNoEntry: false })
  if (before && !before.isFile()) {
    writeWhole(file, text)
    return
  }
  const path = resolve(file)
  replace(path, text, undefined, (part) => {
    linkSync(part, path)
    unlinkSync(part)
  })
}

/** Whether `writeNew` would refuse it. Special files such as /dev/stdout are written. */
export function isTaken(file: string): boolean {
  const there = statSync(file, { throwIfNoEntry: false })
  return there !== undefined && (there.isFile() || there.isDirectory())
}

/** Appends all of it or nothing. */
export function appendWhole(file: string, text: string): void {
  const fd = openSync(file, 'a')
  try {
    const before = fstatSync(fd)
    try {
      writeAll(fd, text)
    } catch (error) {
      if (before.isFile()) ftruncateSync(fd, before.size)
      throw error
    }
  } finally {
    closeSync(fd)
  }
}

const CANNOT_REPLACE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV'])

const errorCode = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

/**
 * The number of links on the way to a file. More are a circle (the kernel's own limit,
 * MAXSYMLINKS).
 */
const MOST_LINKS = 40

interface Followed {
  readonly path: string
  /** A descriptor of this process, such as /dev/stdout. */
  readonly descriptor?: number
}

const DESCRIPTOR = /^\/(?:dev\/fd|proc\/(?:self|thread-self|\d+)\/fd)\/(\d+)$/

/** The target of the last link. The file may not exist. */
function followed(file: string): Followed {
  let path = resolve(file)
  for (let n = 0; n < MOST_LINKS; n++) {
    const descriptor = DESCRIPTOR.exec(path)?.[1]
    if (descriptor !== undefined && isOwn(path)) return { path, descriptor: Number(descriptor) }
    try {
      path = resolve(dirname(path), readlinkSync(path))
    } catch {
      return { path }
    }
  }
  return { path }
}

function isOwn(path: string): boolean {
  const pid = /^\/proc\/(\d+)\//.exec(path)?.[1]
  return pid === undefined || Number(pid) === process.pid
}

function replace(
  path: string,
  text: Text,
  before: Stats | undefined,
  place: (part: string) => void,
): void {
  const part = join(dirname(path), `.nftproof-${randomBytes(8).toString('hex')}.part`)
  const fd = openSync(part, 'wx')
  try {
    try {
      if (before) keepOwner(fd, before)
      writeAll(fd, text)
      sync(fd)
    } finally {
      closeSync(fd)
    }
    place(part)
  } catch (error) {
    unlinkSync(part)
    throw error
  }
}

/** The mode of the replaced file, and its owner if permitted. */
function keepOwner(fd: number, { mode, uid, gid }: Stats): void {
  try {
    fchownSync(fd, uid, gid)
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error
  }
  fchmodSync(fd, mode & 0o7777)
}

/** Some disks report only now that they are full. Some files do not support fsync. */
function sync(fd: number): void {
  try {
    fsyncSync(fd)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(errorCode(error))) throw error
  }
}

function writeDirectly(file: string, text: Text): void {
  const fd = openSync(file, 'w')
  try {
    writeAll(fd, text)
  } finally {
    closeSync(fd)
  }
}

/** Characters written at once, because a ruleset comes line by line. */
const CHUNK = 1 << 16

function writeAll(fd: number, text: Text): void {
  let held = ''
  for (const piece of typeof text === 'string' ? [text] : text) {
    held += piece
    if (held.length < CHUNK) continue
    writeOut(fd, Buffer.from(held))
    held = ''
  }
  writeOut(fd, Buffer.from(held))
}

function writeOut(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; )
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      // A full non-blocking pipe: its reader will read soon.
      if (errorCode(error) !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
}
