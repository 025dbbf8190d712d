/** Text of files that somebody named, and paths as they are shown. */
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
    const most = file.endsWith('.jsonl') || LONG.has(what) ? MAX_LINES_LENGTH : MAX_LENGTH
    if (stat.size > most * 4)
      throw new InputFailure(
        `${shown(file)}: ${stat.size.toLocaleString('en')} bytes; a ${what} file has at most ${most.toLocaleString('en')}`,
      )
    const buffer = Buffer.alloc(stat.size)
    const length = readSync(fd, buffer)
    return buffer.toString('utf8', 0, length)
  } finally {
    closeSync(fd)
  }
}

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
