/**
 * Reads files of a git revision: `main:firewall/rules.nft`.
 *
 * The revision, the path and the repository are text from outside. Only plumbing commands are
 * called (rev-parse, ls-tree, cat-file), which run no filter, pager, hook or textconv program of
 * the repository's configuration. A revision stands after --end-of-options, and everything else is
 * read by object id.
 */
import { basename, dirname, posix } from 'node:path'
import { quoted } from '../../src/input/quoted.ts'
import { nearest } from '../../src/input/suggestion.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { noteFile } from '../system/files-read.ts'
import { findProgram } from '../system/find-program.ts'
import { type Finished, runProgramSync } from '../system/run-program-sync.ts'
import { decodedText } from '../system/text-file.ts'

export interface Revisioned {
  readonly revision: string
  readonly path: string
}

/** Undefined if the text has no revision. git interprets the rest. */
export function revisioned(text: string): Revisioned | undefined {
  const match = /^([^:]+):(.+)$/s.exec(text)
  return match ? { revision: match[1]!, path: match[2]! } : undefined
}

export const named = ({ revision, path }: Revisioned): string => `${revision}:${path}`

/**
 * The text of the file in that revision. Throws InputError with git's reason if it does not exist.
 */
export function textInRevision(file: Revisioned): string {
  const { id, path } = treePathOf(file)
  const beside = entriesOf(file, id, path)
  const entry = beside.find(({ name }) => name === basename(path))
  if (!entry) throw notInRevision(file, path, beside)
  const what = NO_FILE[entry.mode]
  if (what !== undefined)
    throw new InputError(`${named(file)}: not a file: in this revision it is ${what}`)
  const { status, bytes, stderr } = git(['cat-file', 'blob', entry.id])
  if (status !== 0) throw failure(file, reason(stderr))
  noteFile(named(file), bytes)
  return decodedText(bytes, named(file), true)
}

/** The names in the same folder of that revision. */
export function besideInRevision(file: Revisioned): string[] {
  const { id, path } = treePathOf(file)
  return folderOf(file, id, path).map(({ name }) => name)
}

/** `path`: relative to the folder of the file. */
export function relativeTo({ revision, path }: Revisioned, other: string): Revisioned {
  return { revision, path: join(dirname(path), other) }
}

/** Keeps the leading `./`, which git needs for a path relative to the working directory. */
function join(folder: string, path: string): string {
  const joined = posix.join(folder, path)
  return /^\.\.?(\/|$)/.test(folder) && folder !== '.' && !joined.startsWith('.')
    ? `./${joined}`
    : joined
}

/** Modes of entries other than files (gitdatamodel, "Tree"). */
const NO_FILE: Readonly<Record<string, string>> = {
  '040000': 'a folder',
  '120000': 'a symbolic link',
  '160000': 'a submodule',
}

/** The tree of a revision by its id, and the path below it. */
function treePathOf(file: Revisioned): { readonly id: string; readonly path: string } {
  const { revision, path } = file
  const isFromHere = /^\.\.?\//.test(path)
  const prefix = isFromHere ? asked(file, ['rev-parse', '--show-prefix']).slice(0, -1) : ''
  const whole = posix.normalize(posix.join(prefix, path))
  if (whole.startsWith('../') || whole === '..' || posix.isAbsolute(whole))
    throw new InputError(`${named(file)}: the path leads out of the repository`)
  const missing = (): InputError =>
    new InputError(
      `${named(file)}: no such file, and no revision ${quoted(revision)}: git log --oneline --all lists them`,
    )
  return { id: idOf(file, `${revision}^{tree}`, missing), path: whole }
}

interface Entry {
  readonly mode: string
  readonly id: string
  readonly name: string
}

/** Empty for a missing folder, because nft finds no file there either. */
function folderOf(file: Revisioned, tree: string, path: string): Entry[] {
  try {
    return entriesOf(file, tree, path)
  } catch (error) {
    if (error instanceof InputError) return []
    throw error
  }
}

/** The entries of the path's folder. Throws InputError if the folder is missing. */
function entriesOf(file: Revisioned, tree: string, path: string): Entry[] {
  const folder = dirname(path)
  const id = folder === '.' ? tree : treeOf(file, `${tree}:${folder}`)
  // -z: names unquoted.
  return asked(file, ['ls-tree', '-z', '--full-tree', id])
    .split('\0')
    .flatMap((line) => {
      const [, mode, one, name] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? []
      return name === undefined ? [] : [{ mode: mode!, id: one!, name }]
    })
}

/** The commit of a submodule has a tree too, but it is not part of this revision. */
function treeOf(file: Revisioned, object: string): string {
  const missing = (): InputError => notInRevision(file)
  const id = idOf(file, object, missing)
  if (asked(file, ['cat-file', '-t', id]).trim() === 'tree') return id
  throw missing()
}

/** With the nearest name of the same folder. */
function notInRevision(file: Revisioned, path = '', beside: readonly Entry[] = []): InputError {
  const near = nearest(
    basename(path),
    beside.map(({ name }) => name),
  )
  const remedy =
    near === undefined
      ? ': write the path from the top of the repository, or ./PATH from this folder'
      : ` — did you mean ${quoted(posix.join(dirname(path), near))}?`
  return new InputError(`${named(file)}: not in this revision${remedy}`)
}

/**
 * git reads its name as data, never as an option. Throws InputError if the object is missing:
 * `missing`, where git itself gives no reason.
 */
function idOf(file: Revisioned, object: string, missing: () => InputError): string {
  const args = ['rev-parse', '--verify', '--end-of-options', object]
  const id = asked(file, args, missing).trim()
  if (/^[0-9a-f]{40,64}$/.test(id)) return id
  throw failure(file, `${JSON.stringify(id)}: not a git object`)
}

function asked(file: Revisioned, args: readonly string[], missing?: () => InputError): string {
  const { status, stdout, stderr } = git(args)
  if (status === 0) return stdout
  if (missing && reason(stderr) === 'Needed a single revision') throw missing()
  if (/unknown option|usage: git/.test(stderr))
    throw new EnvironmentError(`git refuses ${args[1]}: use git 2.30 or later`)
  throw failure(file, reason(stderr))
}

const failure = (file: Revisioned, why: string): InputError =>
  new InputError(`${named(file)}: no such file, and git reports: ${why}`)

function git(args: readonly string[]): Finished {
  if (args.some((arg) => arg.includes('\0')))
    throw new InputError(`${JSON.stringify(args.at(-1))}: a name cannot contain a NUL character`)
  return runProgramSync(findProgram('git'), ['--no-pager', ...args], {
    env: environment(process.env),
  })
}

/**
 * The variables that select the repository and the configuration of git, as hooks and CI systems
 * set them.
 */
const KEPT =
  /^GIT_(?:DIR|WORK_TREE|COMMON_DIR|NAMESPACE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|QUARANTINE_PATH|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|CONFIG_.+)$/

/**
 * Without the variables that make git run programs or write files (GIT_SSH_COMMAND, GIT_TRACE …). A
 * missing object is not fetched, because a partial clone's configuration may name any program as
 * its transport.
 */
function environment(outside: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(outside).filter(([name]) => !/^GIT_/.test(name) || KEPT.test(name))
  return {
    ...Object.fromEntries(own),
    GIT_NO_LAZY_FETCH: '1',
    // Versions before 2.45 do not know it. For these, no protocol is allowed, whatever the
    // configuration is.
    GIT_ALLOW_PROTOCOL: '',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
  }
}

const reason = (stderr: string): string =>
  stderr
    .trim()
    .replace(/^fatal: /, '')
    .split('\n')[0] || 'git gave no reason'
