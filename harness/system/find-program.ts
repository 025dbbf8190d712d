/** Finds the system's programs, including those outside an ordinary user's PATH. */
import { accessSync, constants, realpathSync } from 'node:fs'
import { EnvironmentError } from './errors.ts'
// The bootstrap reads the same table before TypeScript can run.
import table from './programs.json' with { type: 'json' }

/** Programs of one package share a key, separated by blanks. */
type Names<Keys> = Keys extends `${infer First} ${infer Rest}` ? First | Names<Rest> : Keys
/** Programs for measurements. */
export type RunProgram = Names<keyof typeof table.run>
/** Further programs for the tests. */
export type TestProgram = Names<keyof typeof table.tests>
/** A program with known packages, including those for building images and machines. */
export type Program = RunProgram | TestProgram | Names<keyof typeof table.beside>

type Row = readonly (string | null)[]

/** Program → its package in each package manager, in the order of the table. */
const PACKAGES = { ...rowsOf(table.run), ...rowsOf(table.tests), ...rowsOf(table.beside) }

function rowsOf(group: Readonly<Record<string, Row>>): Readonly<Record<string, Row>> {
  const rows = Object.entries(group).flatMap(([names, row]) =>
    names.split(' ').map((name) => [name, row] as const),
  )
  return Object.fromEntries(rows)
}

const namesOf = <Name>(group: Readonly<Record<string, Row>>): readonly Name[] =>
  Object.keys(rowsOf(group)) as Name[]

export const RUN_PROGRAMS = namesOf<RunProgram>(table.run)
export const TEST_PROGRAMS = namesOf<TestProgram>(table.tests)

export const isProgram = (name: string): name is Program => Object.hasOwn(PACKAGES, name)

/** Every run needs these programs. */
export const EVERY_RUN = [
  'nft',
  'ip',
  'unshare',
  'setpriv',
  'mount',
] as const satisfies RunProgram[]

const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']

/**
 * The path of the program. Throws EnvironmentError with the package and the command that installs
 * it.
 */
export function findProgram(name: Program): string {
  const path = searchedPath(name)
  if (path !== undefined) return path
  throw new MissingProgram(name)
}

export class MissingProgram extends EnvironmentError {
  readonly program: Program
  constructor(program: Program) {
    super(`${program} was not found: ${remedyFor(program)}`)
    this.program = program
  }
}

function searchedPath(name: string): string | undefined {
  // NFTPROOF_PATH_ONLY is for users who want only the programs of their PATH.
  const also = process.env.NFTPROOF_PATH_ONLY ? [] : ALSO
  return [...(process.env.PATH ?? '').split(':'), ...also]
    .map((folder) => `${folder}/${name}`)
    .find(isUsable)
}

function isUsable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    // BusyBox has programs of these names without the required options. Its shell suffices.
    return path.endsWith('/sh') || !realpathSync(path).endsWith('/busybox')
  } catch {
    return false
  }
}

const MANAGERS = Object.entries(table.managers)

/** Whether the machine has this package manager. */
export const isHere = (manager: keyof typeof table.managers): boolean =>
  searchedPath(manager) !== undefined

/** The Debian packages of these programs. */
export function debianPackages(names: readonly Program[]): string[] {
  return [...new Set(names.flatMap((name) => PACKAGES[name]![0] ?? []))]
}

/** For the package manager of this machine, or for all known ones if it has none of them. */
function remedyFor(name: Program): string {
  const packages = PACKAGES[name]!
  const at = MANAGERS.findIndex(([manager]) => searchedPath(manager) !== undefined)
  if (at < 0) return `install the package ${wordsFor(packages)}`
  const [manager, commands] = MANAGERS[at]!
  const found = packages[at]
  if (!found) return `its package for ${manager} is unknown: install it by hand`
  const lead = process.geteuid?.() === 0 ? '' : 'sudo '
  const lines = commands.map((words) => `${lead}${words.join(' ')}`)
  return `install the package ${found}: ${lines.join(' && ')} ${found}`
}

/**
 * `iproute2 (dnf: iproute)`: the name of the first package manager, and those of others that
 * differ.
 */
function wordsFor(packages: Row): string {
  const others = MANAGERS.flatMap(([manager], i) =>
    packages[i] && packages[i] !== packages[0] ? [`${manager}: ${packages[i]}`] : [],
  )
  return `${packages[0]}${others.length === 0 ? '' : ` (${others.join(', ')})`}`
}
