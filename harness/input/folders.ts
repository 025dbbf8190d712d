/** Files below a folder: scenarios, and data that a platform names. */

import { type Dirent, existsSync, readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { suggestion } from '../../src/input/suggestion.ts'
import { shellPath } from '../../src/quote/shell.ts'
import { InputError } from '../system/errors.ts'
import { folderRoot, mustBeWithin, rootOf, rootOfArgument } from '../system/file-root.ts'
import { shown, why } from '../system/text-file.ts'
import { isWithin } from '../system/within.ts'
import { firewallWords, refuseOther } from './other-kind.ts'
import { HERE, isBundled, isFolder, noScenarios } from './scenarios-folder.ts'

/** A scenario file, and the folder that its paths must not leave. */
export interface ChosenFile {
  readonly file: string
  readonly root: string
  /** The folder that must contain the file. Absent: the user named it. */
  readonly within?: string | undefined
}

const NOT_SCENARIOS = new Set([
  'firewalls',
  'labs',
  'platforms',
  'policies',
  'projects',
  'requests',
])
const SCENARIOS = /^(?!platform\.).*\.ya?ml$/
const INCLUDED = /\.(ya?ml|jsonl)$/

/**
 * The scenarios below `folder` with these ids, or all without ids. An id may name a folder or a
 * file.
 */
export function choose(folder: string, ids: readonly string[]): ChosenFile[] {
  // If a file has the place of the folder, its kind gives a better message.
  if (existsSync(folder) && !isFolder(folder)) refuseOther(folder, [])
  const isThere = existsSync(folder)
  if (!isThere && ids.length === 0) throw noScenarios(folder)
  const root = isThere ? rootOfScenarios(folder) : ''
  const all = isThere ? scenariosBelow(folder, root) : []
  if (ids.length === 0) {
    if (all.length === 0) throw emptyFolder(folder)
    return all
  }
  const chosen = ids.flatMap((id) => filesOf(folder, id, all))
  return [...new Map(chosen.map((one) => [one.file, one])).values()]
}

/** The default folder must not be a link that leads elsewhere. */
function rootOfScenarios(folder: string): string {
  if (folder === HERE) mustBeWithin(folderRoot('.'), folder)
  return folderRoot(folder)
}

function filesOf(folder: string, asked: string, all: readonly ChosenFile[]): ChosenFile[] {
  const id = asked.replace(/(?<=.)\/+$/, '')
  const named = all.filter(
    ({ file }) => idOf(folder, file) === id || idOf(folder, file).startsWith(`${id}/`),
  )
  if (named.length > 0) return named
  if (isFolder(id)) {
    const root = rootOfArgument(id)
    if (root !== undefined) mustBeWithin(root, id)
    const below = scenariosBelow(resolve(id), folderRoot(id))
    if (below.length === 0) throw emptyFolder(id)
    return below
  }
  if (existsSync(id) || /\.ya?ml$/.test(id)) return [fileOf(folder, id)]
  throw unknownScenario(folder, id, all)
}

function fileOf(folder: string, name: string): ChosenFile {
  const file = resolve(name)
  const root = rootOf(file, isWithin(resolve(folder), file) ? folder : undefined)
  return { file, root, within: rootOfArgument(name) }
}

function scenariosBelow(folder: string, root: string): ChosenFile[] {
  return filesBelow(folder, SCENARIOS).map((file) => ({ file, root, within: root }))
}

/** Throws OutsideRoot for a folder outside the root. */
export function dataFilesBelow(folder: string, root: string): string[] {
  mustBeWithin(root, folder, shown(folder))
  return filesBelow(folder, INCLUDED)
}

function unknownScenario(folder: string, id: string, all: readonly ChosenFile[]): InputError {
  const known = all.map(({ file }) => idOf(folder, file))
  const firewall = firewallWords(id)
  if (firewall !== undefined) return new InputError(firewall)
  const isPath = /[./]/.test(id)
  const there = `${existsSync(folder) ? '' : ', because this folder does not exist'}${isPath ? ', and no file of this name exists' : ''}`
  return new InputError(
    `unknown scenario ${JSON.stringify(id)} in ${shown(folder)}${there}${suggestion(id, known)}${remedyFor(folder, id)}`,
  )
}

function remedyFor(folder: string, id: string): string {
  const file = [`${id}.yaml`, `${id}.yml`].find((name) => existsSync(name))
  if (file !== undefined) return `: for the file here, write ${shellPath(file)}`
  if (isBundled(id)) return '; to run the shipped one, add --bundled'
  if (existsSync(folder)) return ''
  return ': create it, name another one (--scenarios DIR), or add --bundled for the scenarios that come with nftproof'
}

const emptyFolder = (folder: string): InputError =>
  new InputError(
    `${shown(folder)}: no scenarios in this folder: they are files ending in .yaml outside the folders ${[...NOT_SCENARIOS].join(', ')}`,
  )

export function idOf(folder: string, file: string): string {
  return (isWithin(folder, file) ? relative(folder, file) : shown(file)).replace(/\.ya?ml$/, '')
}

/** Links to folders are not followed, because they may lead anywhere or in a circle. */
function filesBelow(folder: string, named: RegExp): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (cause) {
    throw new InputError(`${shown(folder)}: ${why(cause)}`, { cause })
  }
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return NOT_SCENARIOS.has(entry.name) ? [] : filesBelow(path, named)
      return named.test(entry.name) ? [path] : []
    })
}
