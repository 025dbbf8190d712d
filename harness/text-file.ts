/** Text of files that somebody named, and paths as they are shown. */

import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { MAX_LENGTH, MAX_LINES_LENGTH } from '../src/yaml/limits.ts'
import { InputFailure } from './failure.ts'

/** Text of a regular file, or an InputFailure that says why not. Never waits, as a pipe would make it. */
export function readText(file: string, what: string): string {
  let fd: number
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw new InputFailure(`${shown(file)}: ${why(cause)}`, { cause })
  }
  try {
    const stat = fstatSync(fd)
    if (stat.isDirectory())
      throw new InputFailure(`${shown(file)}: is a directory, not a ${what} file`)
    if (!stat.isFile()) throw new InputFailure(`${shown(file)}: is not a regular file`)
    const most = mostBytes(file, what)
    if (stat.size > most.bytes)
      throw new InputFailure(
        `${shown(file)}: ${stat.size.toLocaleString('en')} bytes; a ${what} file has at most ${most.told.toLocaleString('en')}`,
      )
    const buffer = Buffer.alloc(stat.size)
    const length = readSync(fd, buffer)
    return textOf(buffer.subarray(0, length), shown(file))
  } finally {
    closeSync(fd)
  }
}

/** Text of bytes, which must be UTF-8; or an InputFailure that says where they are not. */
export function textOf(bytes: Uint8Array, name: string): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  if (isUtf8(bytes)) return text
  const isWide =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const before = text.slice(0, text.indexOf('\ufffd'))
  const line = before.split('\n').length
  const column = before.length - before.lastIndexOf('\n')
  const what = isWide ? 'it is UTF-16' : 'a byte here is none of UTF-8'
  throw new InputFailure(
    `${name}:${line}:${column}: not a text file in UTF-8: ${what}; save it as UTF-8, or convert it with iconv -t UTF-8`,
  )
}

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
