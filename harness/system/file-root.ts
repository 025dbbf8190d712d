/**
 * The folder that paths in a file must not leave: `--root DIR`, else the git work tree that
 * contains the file, else the file's own folder. Without this limit, a file from a stranger could
 * name any other file, and an error message would quote it. Paths on the command line are the
 * user's own choice.
 */

import { closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { quotedPath } from '../../src/input/quoted.ts'
import { InputError } from './errors.ts'
import { followed } from './followed-path.ts'
import { isWithin } from './within.ts'

/**
 * Thrown for a path in a file that leads out of its root. The message shows nothing of the target.
 */
export class OutsideRoot extends InputError {
  constructor(name: string, root: string) {
    super(`${quotedPath(name)}: ${outsideWords(root)}`)
    this.name = 'OutsideRoot'
  }
}

export const outsideWords = (root: string): string =>
  `it is outside ${quotedPath(root)}, which paths in files must not leave: move the file, or allow a wider folder with --root DIR`

/** Set once by the command line. */
let given: { readonly text: string; readonly real: string } | undefined

/** `--root DIR`. Throws InputError if the folder does not exist. */
export function useRoot(text: string | undefined): void {
  given = undefined
  if (text === undefined) return
  const real = followed(text)
  const isFolder = real !== undefined && statSync(real, { throwIfNoEntry: false })?.isDirectory()
  if (!real || !isFolder) throw new InputError(`--root ${quotedPath(text)}: no such folder`)
  given = { text, real }
}

/** The arguments for the same command in another process, or in a replay. */
export const rootArguments = (): readonly string[] =>
  given === undefined ? [] : ['--root', given.text]

/** The same for a place with the working directory only: a container or a virtual machine. */
export function rootArgumentsHere(): readonly string[] {
  const here = followed('.') ?? process.cwd()
  const root = given?.real ?? workTreeOf(here)
  if (root === undefined) return []
  const within = relative(here, root)
  return ['--root', within === '' || within.startsWith('..') ? '.' : within]
}

/**
 * The real path. `otherwise`: the folder for a file outside any git work tree. Absent: the file's
 * own folder.
 */
export function rootOf(file: string, otherwise?: string): string {
  if (given) return given.real
  const real = followed(file) ?? resolve(file)
  return workTreeOf(dirname(real)) ?? (otherwise ? folderRoot(otherwise) : dirname(real))
}

/** The same for names that begin with a folder. */
export function folderRoot(folder: string): string {
  if (given) return given.real
  const real = followed(folder) ?? resolve(folder)
  return workTreeOf(real) ?? real
}

/**
 * A relative path on the command line must not leave this folder through symbolic links, because
 * these are part of the files, not of the command line. Undefined outside a git work tree.
 */
export function rootOfArgument(name: string): string | undefined {
  if (isAbsolute(name)) return undefined
  const folder = followed(process.cwd()) ?? process.cwd()
  const path = join(folder, name)
  if (given && isWithin(given.real, path)) return given.real
  return workTreeOf(dirname(path))
}

/** Returns the real path. Throws OutsideRoot for a path outside. */
export function mustBeWithin(root: string, path: string, name = path): string {
  const real = followed(path)
  if (real === undefined)
    throw new InputError(`${quotedPath(name)}: broken symbolic link: fix its target`)
  if (!isWithin(root, real)) throw new OutsideRoot(name, root)
  return real
}

/** The nearest folder from here upwards that is a work tree. git is not needed for this. */
export function workTreeOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (isWorkTree(join(at, '.git'))) return at
    if (at === dirname(at)) return undefined
  }
}

/**
 * A repository, or the file that replaces one in a further work tree or a submodule
 * (gitrepository-layout(5)).
 */
function isWorkTree(git: string): boolean {
  const stat = attempt(() => statSync(git))
  if (stat?.isDirectory()) return attempt(() => statSync(join(git, 'HEAD'))) !== undefined
  return stat?.isFile() === true && beginningOf(git).startsWith(GITDIR)
}

const GITDIR = 'gitdir:'

function beginningOf(file: string): string {
  const fd = attempt(() => openSync(file, constants.O_RDONLY | constants.O_NONBLOCK))
  if (fd === undefined) return ''
  try {
    const buffer = Buffer.alloc(GITDIR.length)
    return buffer.toString('latin1', 0, readSync(fd, buffer))
  } catch {
    return ''
  } finally {
    closeSync(fd)
  }
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
