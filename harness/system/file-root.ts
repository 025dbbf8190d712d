/**
 * The folder out of which no name in a file leads: `--root DIR`, else the git
 * work tree that holds the file, else the file's own folder. A file of a
 * stranger may name any other file, whose content would come back in an error.
 * What the user names on the command line is the user's own affair.
 */

import { closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { quotedPath } from '../../src/input/quoted.ts'
import { InputError } from './errors.ts'
import { followed } from './followed-path.ts'
import { isWithin } from './within.ts'

/** A name in a file that leads out of its root. The message has nothing of what is there. */
export class OutsideRoot extends InputError {
  constructor(name: string, root: string) {
    super(`${quotedPath(name)}: ${outsideWords(root)}`)
    this.name = 'OutsideRoot'
  }
}

export const outsideWords = (root: string): string =>
  `it lies outside of ${quotedPath(root)}, and names in files must not lead there: move the file, or allow a wider folder by --root DIR`

/** Said once, by the command line. */
let given: { readonly text: string; readonly real: string } | undefined

/** `--root DIR`. Throws InputError where there is no such folder. */
export function useRoot(text: string | undefined): void {
  given = undefined
  if (text === undefined) return
  const real = followed(text)
  const isFolder = real !== undefined && statSync(real, { throwIfNoEntry: false })?.isDirectory()
  if (!real || !isFolder)
    throw new InputError(`--root ${quotedPath(text)}: there is no such folder`)
  given = { text, real }
}

/** What the same command needs in another process, or in a replay. */
export const rootArguments = (): readonly string[] =>
  given === undefined ? [] : ['--root', given.text]

/** The same where only the working directory is there: in a container or a machine. */
export function rootArgumentsHere(): readonly string[] {
  const here = followed('.') ?? process.cwd()
  const root = given?.real ?? workTreeOf(here)
  if (root === undefined) return []
  const within = relative(here, root)
  return ['--root', within === '' || within.startsWith('..') ? '.' : within]
}

/** Real path. `otherwise`: the folder that a file is in which no git work tree holds; absent: its own. */
export function rootOf(file: string, otherwise?: string): string {
  if (given) return given.real
  const real = followed(file) ?? resolve(file)
  return workTreeOf(dirname(real)) ?? (otherwise ? folderRoot(otherwise) : dirname(real))
}

/** The same for names of which a folder is the beginning. */
export function folderRoot(folder: string): string {
  if (given) return given.real
  const real = followed(folder) ?? resolve(folder)
  return workTreeOf(real) ?? real
}

/**
 * What a relative name on the command line must not lead out of by symbolic
 * links: they are part of the files, and not of what the user said. Undefined
 * where no git work tree holds it.
 */
export function rootOfArgument(name: string): string | undefined {
  if (isAbsolute(name)) return undefined
  const folder = followed(process.cwd()) ?? process.cwd()
  const path = join(folder, name)
  if (given && isWithin(given.real, path)) return given.real
  return workTreeOf(dirname(path))
}

/** Throws OutsideRoot; the real path where it does not. */
export function mustBeWithin(root: string, path: string, name = path): string {
  const real = followed(path)
  if (real === undefined)
    throw new InputError(`${quotedPath(name)}: broken symbolic link: fix its target`)
  if (!isWithin(root, real)) throw new OutsideRoot(name, root)
  return real
}

/** The nearest folder from here upwards that is a work tree: git is not asked, and need not be there. */
export function workTreeOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (isWorkTree(join(at, '.git'))) return at
    if (at === dirname(at)) return undefined
  }
}

/** A repository, or the file that stands for one in a further work tree or a submodule (gitrepository-layout(5)). */
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
