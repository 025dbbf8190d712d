/**
 * The handler of `nftproof merge`: reads, joins, prints and writes results, and sets the exit code.
 */

import { terminalSafeLine } from '../../src/quote/terminal.ts'
import type { Result } from '../../src/result/result.ts'
import { merge, type ShardInput } from '../../src/shard/merge.ts'
import { say, warn } from '../output/console.ts'
import { exitCodeOf } from '../output/exit-code.ts'
import { openReports, type ReportFlags, tell } from '../output/reports.ts'
import {
  notWritten,
  RESULTS,
  readResult,
  resultFiles,
  writeResult,
} from '../output/result-store.ts'
import { ownVersion } from '../output/versions.ts'
import { EXIT, InputError } from '../system/errors.ts'
import { readText, shown } from '../system/text-file.ts'

export interface MergeFlags extends ReportFlags {
  readonly out?: string
  readonly save: boolean
}

export async function mergeCommand(paths: readonly string[], flags: MergeFlags): Promise<number> {
  const reports = await openReports(flags)
  const { given, problems } = await readAll(paths.flatMap(resultFiles))
  const { result, path, saved } = save(mergedOf(given, problems), flags)
  const allWritten = (await tell(reports, { kind: 'run', result })) && saved
  if (path !== undefined && reports.isForPeople && !flags.quiet)
    say(` result: ${terminalSafeLine(shown(path))}`)
  const verdict = exitCodeOf(result.status, result.scenarios)
  return verdict === EXIT.conforms && !allWritten ? EXIT.notMeasured : verdict
}

interface Read {
  readonly given: readonly ShardInput[]
  /** Results in the format of another nftproof version. */
  readonly problems: readonly string[]
}

async function readAll(files: readonly string[]): Promise<Read> {
  const given: ShardInput[] = []
  const problems: string[] = []
  for (const file of files)
    try {
      given.push({ name: shown(file), result: await readResult(file) })
    } catch (error) {
      const version = versionOf(file)
      if (version === undefined || version === ownVersion()) throw error
      problems.push(
        `${shown(file)}: made by nftproof ${version}, and this is ${ownVersion()}: use the same version`,
      )
    }
  return { given, problems }
}

/** The version that made an unreadable result. Undefined if the file is not a result. */
function versionOf(file: string): string | undefined {
  try {
    const { format, versions } = JSON.parse(readText(file, 'result'))
    if (format !== 'nftproof-result') return undefined
    return typeof versions?.nftproof === 'string' ? versions.nftproof : undefined
  } catch {
    return undefined
  }
}

/** A run with one shard only is not divided, so its result is complete. */
function mergedOf(given: readonly ShardInput[], problems: readonly string[]): Result {
  if (given.some(({ result }) => result.shard)) return merge(given, problems)
  const [only, ...more] = given
  if (only && more.length === 0 && problems.length === 0) return only.result
  throw new InputError(
    [
      ...problems,
      ...(given.length > 0
        ? [`none of ${given.map(({ name }) => name).join(', ')} is the result of a shard`]
        : []),
    ].join('\n'),
  )
}

function save(
  result: Result,
  flags: MergeFlags,
): { result: Result; path?: string; saved: boolean } {
  if (!flags.save) return { result: { ...result, id: 'unsaved' }, saved: true }
  const folder = flags.out ?? RESULTS
  const written = writeResult(result, folder, 'merged')
  if (written.ok) return { result: written.result, path: written.path, saved: true }
  warn(notWritten(folder, written.reason))
  return { result: { ...result, id: 'unsaved' }, saved: false }
}
