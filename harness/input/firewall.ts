/** A target → Firewall: files of any kind, read and made ready to be loaded. */

import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Firewall, FirewallPart } from '../../src/firewall/firewall.ts'
import { detectKind } from '../../src/firewall/kinds/detect-kind.ts'
import type { FileProblem, FirewallKind } from '../../src/firewall/kinds/kind.ts'
import { allKinds, kindNamed } from '../../src/firewall/kinds/registry.ts'
import type { Target } from '../../src/firewall/target.ts'
import { MAX_LINES_LENGTH } from '../../src/input/limits.ts'
import { nearest } from '../../src/input/suggestion.ts'
import type { Day } from '../../src/policy/grant.ts'
import { type FileKind, firewallFile } from '../../src/target/file-kind.ts'
import { kindsFor, type TargetCommand, targetKind } from '../../src/target/target-kinds.ts'
import { roleOf, type TargetPart } from '../../src/target/target-text.ts'
import { scriptFolder } from '../confine/script-folder.ts'
import { mustBeData } from '../system/data-only.ts'
import { InputError } from '../system/errors.ts'
import { mustBeWithin } from '../system/file-root.ts'
import { noteFile, noteFolder } from '../system/files-read.ts'
import { decodedText as asText, readText, shown } from '../system/text-file.ts'
import { revisioned, textInRevision } from './git.ts'
import { joinIncludes } from './nft-include.ts'
import { type Origin, originText } from './origin.ts'
import { refuseOther } from './other-kind.ts'
import { sourcedFiles } from './sourced-files.ts'
import { partsFor, pathOfPart, placeOf } from './target-argument.ts'

/**
 * A target: `FILE`, `KIND:VALUE`, `REVISION:path`, `-` for standard input, or several of these
 * separated by commas. `root`: the folder that must contain the files, if another file names them.
 * Throws InputError if the target cannot be read, if the command does not take it, and if it is
 * more than data with --data-only.
 */
export async function readFirewall(
  argument: string,
  { command = 'diff', ...from }: Reading = {},
): Promise<Firewall> {
  const names = partsFor(argument, command)
  const target = namedPlace(names, from.root)
  const own = names.slice(target ? 1 : 0)
  const parts = await Promise.all(own.map((name) => readPart(name, from)))
  const firewall = { origin: argument, parts, ...(target ? { target } : {}) }
  mustBeData(firewall)
  return firewall
}

export interface Reading {
  readonly root?: string | undefined
  /** The day for which a policy is compiled; absent: today. */
  readonly at?: Day | undefined
  /** The command that takes the argument. */
  readonly command?: TargetCommand
}

/** The first part, before the files that are loaded into it. */
function namedPlace([first]: readonly TargetPart[], root: string | undefined): Target | undefined {
  if (!first || roleOf(first) !== 'place') return undefined
  const path = pathOfPart(first)
  if (root !== undefined && path !== undefined) mustBeWithin(root, path, shown(path))
  return placeOf(first)
}

async function readPart(
  part: TargetPart,
  { root, at }: Pick<Reading, 'root' | 'at'>,
): Promise<FirewallPart> {
  const { reads } = targetKind(part.kind)
  const origin = originOf(part, root)
  const text = suggesting(part, () => firewallText(origin))
  refuseOther(part.value, reads?.kind.becomes === undefined ? firewalls() : COMPILED, text)
  const kind = reads?.kind ?? kindOf(text.replace(/^\ufeff/, ''), part.value)
  if (kind.becomes !== undefined) return compiled(origin, at)
  const backend = reads?.prefix.backend
  return { ...(backend === undefined ? {} : { backend }), ...partOf(kind, text, origin) }
}

/** A kind that is misspelt looks like a revision, which git does not know. */
function suggesting<T>({ text, isExplicit }: TargetPart, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const [, word] = /^([\w-]+):/.exec(text) ?? []
    const meant = isExplicit || word === undefined ? undefined : nearest(word, kindsFor('diff'))
    if (meant === undefined || !(error instanceof InputError)) throw error
    throw new InputError(`${error.message} — did you mean ${meant}:?`, { cause: error })
  }
}

/** nft says best what is wrong with a text of no kind. */
const kindOf = (text: string, name: string): FirewallKind =>
  detectKind(text, name) ?? kindNamed('nft')

/** These are compiled; a policy for zones lacks their interfaces. */
const COMPILED = ['policy', 'platform', 'scenario'] as const
const firewalls = (): FileKind[] => [...allKinds().map(firewallFile), ...COMPILED]

/** `file:` always means a file. A prefix of another kind may precede a revision. */
function originOf({ kind, value, isExplicit }: TargetPart, root: string | undefined): Origin {
  const isFile = (kind === 'file' && isExplicit) || value === STDIN
  const mayBeRevision = kind === 'git' || !(isFile || existsSync(value))
  const revision = mayBeRevision ? revisioned(value) : undefined
  if (kind === 'git' && !revision)
    throw new InputError(`git:${value}: the path is missing (git:REVISION:PATH)`)
  return revision ? { kind: 'revision', ...revision } : { kind: 'file', path: value, root }
}

const STDIN = '-'

/** An empty file is more often a failed redirection than a firewall without rules. */
function firewallText(origin: Origin): string {
  const text = bareText(origin)
  if (text.trim() !== '') return text
  throw new InputError(
    `${originText(origin)}: the file is empty: for a firewall without rules, write the comment "# no rules" into it`,
  )
}

function bareText(origin: Origin): string {
  if (origin.kind === 'revision') return textInRevision(origin)
  return origin.path === STDIN && origin.root === undefined
    ? standardInput()
    : readText(origin.path, 'firewall', origin.root)
}

let input: Buffer | undefined

/** It can be read only once, but is needed several times. */
function standardInput(): string {
  input ??= readFileSync(0)
  const bytes = input
  if (bytes.length <= MAX_LINES_LENGTH) {
    noteFile(STDIN, bytes)
    return asText(bytes, 'standard input', true)
  }
  throw new InputError(
    `standard input: ${bytes.length.toLocaleString('en')} bytes: the limit is ${MAX_LINES_LENGTH.toLocaleString('en')}`,
  )
}

function partOf(kind: FirewallKind, text: string, origin: Origin): FirewallPart {
  const file = originText(origin)
  const read = kind.read({
    ...{ text, file },
    joined: () => joinIncludes(text, origin),
    folder: () => notedFolder(origin),
  })
  if (!read.ok) throw new InputError(read.problems.map((one) => problemIn(file, one)).join('\n'))
  const isNamed = origin.kind === 'file' && origin.root !== undefined
  const { part } = read
  const sourced = part.folder === undefined ? [] : sourcedFiles(part.text, part.folder)
  return {
    ...{ kind: kind.name, file },
    ...(isNamed && { isNamedByFile: true }),
    ...part,
    ...(sourced.length > 0 && { sourced }),
  }
}

const problemIn = (file: string, { line, column, message }: FileProblem): string =>
  `${[file, line, ...(column === undefined ? [] : [column])].join(':')}: ${message}`

const known = new Map<string, ReturnType<typeof scriptFolder>>()

/** The folder of a script is read once, because nothing writes there during the command. */
function noteScriptFolder(folder: string, name: string): void {
  const key = join(folder, name)
  if (!known.has(key)) known.set(key, scriptFolder(folder, name))
  const own = known.get(key)
  if (own) noteFolder({ path: shown(folder), ...own })
}

/** For a script of a revision: the folder in the working tree. */
function notedFolder({ path }: Origin): string {
  const own = resolve(dirname(path))
  const folder = existsSync(own) ? own : process.cwd()
  noteScriptFolder(folder, basename(path))
  return folder
}

/** The ruleset of a policy. Its lines are in no file, so positions refer to the compiled text. */
async function compiled(origin: Origin, at: Day | undefined): Promise<FirewallPart> {
  if (origin.kind === 'revision' || origin.path === STDIN)
    throw new InputError(`${originText(origin)}: a policy must be a file on disk`)
  const [{ boundBy }, { compile }] = await Promise.all([
    import('./policy-subject.ts'),
    import('../../src/ruleset/compile.ts'),
  ])
  const { policy, projects, grants, links } = boundBy(
    origin.path,
    at === undefined ? {} : { at },
    origin.root,
  )
  if (projects.length === 0 && !links)
    throw new InputError(
      `${shown(origin.path)}: a policy has no projects: name a platform or a scenario`,
    )
  const file = `${shown(origin.path)} (compiled)`
  const text = compile(policy, projects, grants, links)
  return { kind: 'nft', file, text, stretches: [{ from: 1, file, line: 1 }], compiled: true }
}
