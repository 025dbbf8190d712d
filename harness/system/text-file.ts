/** The text of files that a user or a file names, and paths for messages. */

import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync, statfsSync, statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { MAX_LENGTH, MAX_LINES_LENGTH } from '../../src/input/limits.ts'
import { firstInvalid, placeOfByte, textWithBytes } from '../../src/quote/utf8.ts'
import { InputError } from './errors.ts'
import { mustBeWithin, OutsideRoot, rootOfArgument } from './file-root.ts'
import { noteFile } from './files-read.ts'
import { followed } from './followed-path.ts'

/**
 * The text of a regular file, or an InputError with the reason. Never waits, as a pipe would.
 * `root`: the folder that must contain the file, if another file names it; absent: the user named
 * it. Throws OutsideRoot before anything is read.
 */
export function readText(file: string, what: string, root = rootOfNamed(file, what)): string {
  const bytes = readBytes(file, what, root)
  // Results of earlier runs are not part of the tested input.
  if (what !== 'result') noteFile(shown(file), bytes)
  return decodedText(bytes, shown(file), takesAnyByte(what))
}

/** A link may keep results elsewhere. No error message quotes their contents. */
const rootOfNamed = (file: string, what: string): string | undefined =>
  what === 'result' ? undefined : rootOfArgument(file)

function readBytes(file: string, what: string, root: string | undefined): Buffer {
  const real = root === undefined ? file : mustBeWithin(root, file, shown(file))
  mustBeRegular(real, file, what)
  const fd = opened(real, file)
  try {
    // The file may have been replaced in the meantime.
    if (root !== undefined && !isStillThere(fd, real, file))
      throw new OutsideRoot(shown(file), root)
    const stat = fstatSync(fd)
    if (!stat.isFile())
      throw new InputError(`${shown(file)}: is not a regular file: copy what it prints into one`)
    mustNotBeLong(stat.size, file, what)
    const buffer = Buffer.alloc(stat.size)
    return buffer.subarray(0, readSync(fd, buffer))
  } finally {
    closeSync(fd)
  }
}

/** Checked before it is opened, because opening a device may already use it. */
function mustBeRegular(real: string, file: string, what: string): void {
  try {
    const stat = statSync(real)
    if (stat.isDirectory())
      throw new InputError(`${shown(file)}: is a directory, not a ${what} file`)
    if (!stat.isFile())
      throw new InputError(`${shown(file)}: is not a regular file: copy what it prints into one`)
    if (OF_THE_KERNEL.has(statfsSync(real).type))
      throw new InputError(
        `${shown(file)}: is a kernel file without a fixed length: copy it into a regular file`,
      )
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    throw new InputError(`${shown(file)}: ${why(cause)}`, { cause })
  }
}

/** Magic numbers of procfs, sysfs, debugfs and tracefs (statfs(2)). */
const OF_THE_KERNEL: ReadonlySet<number> = new Set([0x9fa0, 0x62656572, 0x64626720, 0x74726163])

function opened(real: string, file: string): number {
  try {
    return openSync(real, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw new InputError(`${shown(file)}: ${why(cause)}`, { cause })
  }
}

/** Whether the opened file is the one that was checked. */
function isStillThere(fd: number, real: string, file: string): boolean {
  if (followed(file) !== real) return false
  const [own, there] = [fstatSync(fd), statSync(real, { throwIfNoEntry: false })]
  return own.ino === there?.ino && own.dev === there.dev
}

function mustNotBeLong(size: number, file: string, what: string): void {
  const most = mostBytes(file, what)
  if (size > most.bytes)
    throw new InputError(
      `${shown(file)}: ${size.toLocaleString('en')} bytes: the limit of a ${what} file is ${most.told.toLocaleString('en')}`,
    )
}

/**
 * The text of bytes in UTF-8, or an InputError with the position of an invalid byte. `anyByte`:
 * invalid bytes are kept (utf8.ts), because programs that load rulesets accept them.
 */
export function decodedText(bytes: Uint8Array, name: string, anyByte = false): string {
  const fail = (offset: number, what: string): InputError => {
    const { line, column } = placeOfByte(bytes, offset)
    return new InputError(
      `${name}:${line}:${column}: not UTF-8: ${what}: save the file as UTF-8, or convert it with iconv -t UTF-8`,
    )
  }
  const isWide =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  if (isWide) throw fail(0, 'it is UTF-16')
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  if (anyByte) return textWithBytes(bytes)
  const { offset, reason } = firstInvalid(bytes)!
  throw fail(offset, `an invalid byte here, ${reason}`)
}

/** nft, iptables-restore and shells read bytes. */
const takesAnyByte = (what: string): boolean => LONG.has(what)

/**
 * The maximum size of a file in bytes. For files written by hand, the message gives the limit in
 * characters, of which each may have four bytes.
 */
function mostBytes(file: string, what: string): { readonly bytes: number; readonly told: number } {
  if (what === 'result') return { bytes: MAX_RESULT, told: MAX_RESULT }
  return file.endsWith('.jsonl') || LONG.has(what)
    ? { bytes: MAX_LINES_LENGTH, told: MAX_LINES_LENGTH }
    : { bytes: MAX_LENGTH * 4, told: MAX_LENGTH }
}

// A string of V8 has at most 2^29 - 24 characters.
const MAX_RESULT = 500_000_000

// Files written by databases and firewalls may be long. Files written by hand are not.
const LONG: ReadonlySet<string> = new Set(['ruleset', 'firewall'])

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ENOTDIR: 'a part of the path is not a directory',
  ELOOP: 'its symbolic links form a circle: name the file itself',
  ENXIO: 'is not a regular file: copy what it prints into one',
  ENAMETOOLONG: 'the name is too long',
}

/** The text for an error code of reading a file. */
export function why(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return REASONS[code] ?? String((error as Error).message)
}

/** A path as a user would write it: relative if it is below the working directory. */
export function shown(file: string): string {
  const path = relative(process.cwd(), resolve(file))
  return path === '' ? '.' : path.startsWith('..') ? resolve(file) : path
}
