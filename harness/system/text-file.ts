/** Text of files that somebody named, and paths as they are shown. */

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
 * Text of a regular file, or an InputError that says why not. Never waits, as
 * a pipe would make it. `root`: where the file must lie, when another file named
 * it; absent: the user named it. Throws OutsideRoot without having read anything.
 */
export function readText(file: string, what: string, root = rootOfNamed(file, what)): string {
  const bytes = readBytes(file, what, root)
  // Results of earlier runs are no part of what is tested.
  if (what !== 'result') noteFile(shown(file), bytes)
  return decodedText(bytes, shown(file), takesAnyByte(what))
}

/** Results may be kept elsewhere by a link, and nothing of them comes back in an error. */
const rootOfNamed = (file: string, what: string): string | undefined =>
  what === 'result' ? undefined : rootOfArgument(file)

function readBytes(file: string, what: string, root: string | undefined): Buffer {
  const real = root === undefined ? file : mustBeWithin(root, file, shown(file))
  mustBeRegular(real, file, what)
  const fd = opened(real, file)
  try {
    // Somebody may have put another file there meanwhile.
    if (root !== undefined && !isStillThere(fd, real, file))
      throw new OutsideRoot(shown(file), root)
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new InputError(`${shown(file)}: is not a regular file`)
    mustNotBeLong(stat.size, file, what)
    const buffer = Buffer.alloc(stat.size)
    return buffer.subarray(0, readSync(fd, buffer))
  } finally {
    closeSync(fd)
  }
}

/** Before it is opened: to open a device may be to use it. */
function mustBeRegular(real: string, file: string, what: string): void {
  try {
    const stat = statSync(real)
    if (stat.isDirectory())
      throw new InputError(`${shown(file)}: is a directory, not a ${what} file`)
    if (!stat.isFile()) throw new InputError(`${shown(file)}: is not a regular file`)
    if (OF_THE_KERNEL.has(statfsSync(real).type))
      throw new InputError(
        `${shown(file)}: is a file of the kernel, which has no end of its own: copy it into a file`,
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

/** Whether what was opened is what the path leads to, by the way that was looked at. */
function isStillThere(fd: number, real: string, file: string): boolean {
  if (followed(file) !== real) return false
  const [own, there] = [fstatSync(fd), statSync(real, { throwIfNoEntry: false })]
  return own.ino === there?.ino && own.dev === there.dev
}

function mustNotBeLong(size: number, file: string, what: string): void {
  const most = mostBytes(file, what)
  if (size > most.bytes)
    throw new InputError(
      `${shown(file)}: ${size.toLocaleString('en')} bytes; a ${what} file has at most ${most.told.toLocaleString('en')}`,
    )
}

/**
 * Text of bytes, which must be UTF-8; or an InputError that says where they are
 * not. `anyByte`: others are kept (utf8.ts), as those who load rulesets take them.
 */
export function decodedText(bytes: Uint8Array, name: string, anyByte = false): string {
  const fail = (offset: number, what: string): InputError => {
    const { line, column } = placeOfByte(bytes, offset)
    return new InputError(
      `${name}:${line}:${column}: not a text file in UTF-8: ${what}; save it as UTF-8, or convert it with iconv -t UTF-8`,
    )
  }
  const isWide =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  if (isWide) throw fail(0, 'it is UTF-16')
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  if (anyByte) return textWithBytes(bytes)
  const { offset, reason } = firstInvalid(bytes)!
  throw fail(offset, `a byte here is none of UTF-8: ${reason}`)
}

/** nft, iptables-restore and shells read bytes. */
const takesAnyByte = (what: string): boolean => LONG.has(what)

/** Most bytes of a file; of what people write the most characters are told, of which each may have four bytes. */
function mostBytes(file: string, what: string): { readonly bytes: number; readonly told: number } {
  if (what === 'result') return { bytes: MAX_RESULT, told: MAX_RESULT }
  return file.endsWith('.jsonl') || LONG.has(what)
    ? { bytes: MAX_LINES_LENGTH, told: MAX_LINES_LENGTH }
    : { bytes: MAX_LENGTH * 4, told: MAX_LENGTH }
}

// A string of V8 has at most 2^29 - 24 characters.
const MAX_RESULT = 500_000_000

// What databases and firewalls write may be long; what people write is not.
const LONG: ReadonlySet<string> = new Set(['ruleset', 'firewall'])

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ENOTDIR: 'a part of the path is not a directory',
  ELOOP: 'too many symbolic links',
  ENXIO: 'is not a regular file',
  ENAMETOOLONG: 'the name is too long',
}

/** Why a file could not be read, in words. */
export function why(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return REASONS[code] ?? String((error as Error).message)
}

/** A path as its user would write it: relative where it lies below the working directory. */
export function shown(file: string): string {
  const path = relative(process.cwd(), resolve(file))
  return path === '' ? '.' : path.startsWith('..') ? resolve(file) : path
}
