/** Result files: written completely or not at all, and validated when read. */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { faultInJson } from '../../src/input/json-fault.ts'
import { offsetOf } from '../../src/input/json-position.ts'
import { positionAt } from '../../src/quote/utf8.ts'
import type { Result } from '../../src/result/result.ts'
import { reached } from '../contract/stage.ts'
import { refuseOther } from '../input/other-kind.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { RESULTS } from '../system/results-folder.ts'
import { readText, shown } from '../system/text-file.ts'
import { unwritableFolder } from '../system/unwritable.ts'

export { RESULTS }

const FILE = 'result.json'
const PART = '.part-'

export type Written =
  | { readonly ok: true; readonly result: Result; readonly path: string }
  | { readonly ok: false; readonly result: Result; readonly reason: string }

/**
 * Writes `<folder>/<time>-<name>/result.json` and returns the result with its id, the name of that
 * folder. If the file cannot be written, it returns the reason, so the verdict is not lost when the
 * disk is full.
 */
export function writeResult(result: Result, folder: string, name: string): Written {
  const stamp = result.timing.startedAt.replace(/\.\d+|[^\dTZ]/g, '')
  const base = `${stamp}-${name.replace(/[^a-z0-9-]+/gi, '-')}`
  try {
    makeFolder(resolve(folder))
    sweepParts(folder)
    const named = put(result, folder, base)
    return { ok: true, result: named, path: join(folder, named.id, FILE) }
  } catch (error) {
    return { ok: false, result, reason: unwritableFolder(error) }
  }
}

/** Under a temporary name first, so a killed run leaves no folder without a result. */
function put(result: Result, folder: string, base: string): Result {
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`
    const part = mkdtempSync(join(folder, PART))
    try {
      chmodSync(part, 0o755)
      const named = { ...result, id }
      writeFileSync(join(part, FILE), resultText(named))
      reached('result half written')
      renameSync(part, join(folder, id))
      reached('result written')
      return named
    } catch (error) {
      rmSync(part, { recursive: true, force: true })
      if (!TAKEN.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}

const TAKEN = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR']

export function resultText(result: Result): string {
  return `${JSON.stringify(result, null, 1)}\n`
}

/**
 * A folder with its parents. mkdir's own `recursive` loops forever below a folder that accepts no
 * new ones, such as /proc.
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another run may have created it first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Throws as writing a result would, before anything is measured. What only shows when the folder is
 * made (a full disk, a special file system) is known later.
 */
export function mustTakeResults(folder: string): void {
  const nearest = (at: string): string => (existsSync(at) ? at : nearest(dirname(at)))
  const there = nearest(resolve(folder))
  try {
    if (!statSync(there).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' })
    accessSync(there, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const isPlace = (cause as NodeJS.ErrnoException).code === 'ENOTDIR'
    const message = notWritten(folder, unwritableFolder(cause))
    throw isPlace ? new InputError(message, { cause }) : new EnvironmentError(message, { cause })
  }
}

export const notWritten = (folder: string, reason: string): string =>
  `the result could not be written to ${shown(folder)}: ${reason}`

const STALE_MS = 60_000

/** Removes the temporary folder of a run that was killed while it wrote. */
function sweepParts(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(PART))) {
    const part = join(folder, name)
    try {
      if (Date.now() - statSync(part).mtimeMs > STALE_MS) rmSync(part, { recursive: true })
    } catch {}
  }
}

/** A result file, the folder that contains it, or `latest`. Throws InputError for anything else. */
export async function readResult(path: string, folder = RESULTS): Promise<Result> {
  const file = fileOf(path === 'latest' ? latest(folder) : path)
  if (file !== path && isMissing(file))
    throw new InputError(
      `${shown(path)}: no ${FILE} in this folder: name the folder of one run, or latest`,
    )
  const text = readText(file, 'result')
  const value = parsed(text, file)
  const { resultSchema } = await import('../../src/result/result-schema.ts')
  const checked = resultSchema.safeParse(value)
  if (checked.success) return checked.data as Result
  refuseOther(file, ['result'])
  const issue = checked.error.issues[0]
  const where = issue?.path ?? []
  const at = where.join('.') || 'the top'
  throw new InputError(
    `${placed(file, text, offsetOf(text, where))}: not a result of this version of nftproof: at ${at}: ${issue?.message}`,
  )
}

/** The message quotes nothing of the text, because it may be another file with secrets. */
function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    refuseOther(file, ['result'])
    const { offset, reason } = faultInJson(text) ?? { offset: 0, reason: 'unknown error' }
    throw new InputError(
      `${placed(file, text, offset)}: not JSON, or incomplete: ${reason}`,
      // The engine's own message quotes the text.
      cause instanceof SyntaxError ? undefined : { cause },
    )
  }
}

function placed(file: string, text: string, offset: number): string {
  const { line, column } = positionAt(text, offset)
  return `${shown(file)}:${line}:${column}`
}

function fileOf(path: string): string {
  try {
    return statSync(path).isDirectory() ? join(path, FILE) : path
  } catch {
    return path
  }
}

/** False where it cannot be known; the reader reports why. */
function isMissing(file: string): boolean {
  try {
    statSync(file)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function latest(folder: string): string {
  const last = runsIn(folder).at(-1)
  if (last === undefined)
    throw new InputError(
      `no results in ${shown(folder)}: make one with nftproof run, or name a ${FILE}`,
    )
  return join(folder, last)
}

/** Names of the runs, oldest first. */
function runsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((id) => existsSync(join(folder, id, FILE)))
      .sort()
  } catch {
    return []
  }
}

/** Older results are not searched for times. */
const MOST_LOOKED_AT = 100

/**
 * The newest result of a whole run, not of a shard or a part. Undefined if no readable one exists.
 */
export async function lastWholeResult(folder = RESULTS): Promise<Result | undefined> {
  for (const id of runsIn(folder).slice(-MOST_LOOKED_AT).reverse()) {
    const result = await readResult(join(folder, id)).catch(() => undefined)
    if (result && isWhole(result)) return result
  }
  return undefined
}

function isWhole({ shard, merged, interrupted }: Result): boolean {
  return shard === undefined && (merged?.problems ?? []).length === 0 && !interrupted
}

/** Result files of a path: the file itself, the one in that folder, or all below it. */
export function resultFiles(path: string): string[] {
  const file = fileOf(path === 'latest' ? latest(RESULTS) : path)
  if (file === path || existsSync(file)) return [file]
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => basename(name) === FILE && !name.includes(PART)).sort()
  if (files.length === 0) throw new InputError(`${shown(path)}: no results below this folder`)
  return files.map((name) => join(path, name))
}
