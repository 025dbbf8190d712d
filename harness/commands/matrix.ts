/** The handler of `nftproof matrix`: runs the scenarios on each target and compares the results. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { matrixOf, type Ran } from '../../src/compare/matrix.ts'
import type { Trust } from '../../src/firewall/trust.ts'
import type { Matrix } from '../../src/result/matrix.ts'
import { type NamedTarget, targetsOf } from '../input/matrix-target.ts'
import { tryWriting } from '../output/console.ts'
import { exitCodeOf } from '../output/exit-code.ts'
import { openReports, type ReportFlags, tell } from '../output/reports.ts'
import { resultText } from '../output/result-store.ts'
import { EXIT, type ExitCode, InputError } from '../system/errors.ts'
import { rootArguments } from '../system/file-root.ts'
import { writeWhole } from '../system/write-file.ts'
import { ranIn } from './matrix-run.ts'

/** Options of `run` that are passed on unchanged. */
export const FORWARDED = [
  'ports',
  'from',
  'to',
  'family',
  'protocol',
  'sourcePort',
  'at',
  'scenarios',
  'ruleset',
  'jobs',
  'scriptTimeout',
] as const

export type MatrixFlags = {
  readonly [Name in (typeof FORWARDED)[number]]?: string
} & ReportFlags & {
    readonly target: readonly string[]
    readonly out?: string
    readonly rootless?: boolean
    readonly bundled?: boolean
    readonly trust?: Trust
  }

export async function matrixCommand(ids: readonly string[], flags: MatrixFlags): Promise<number> {
  const reports = await openReports(flags)
  const targets = targetsOf(flags.target)
  const args = [...ids, ...forwarded(flags)]
  const ran = await ranInAll(targets, args)
  const matrix = matrixOf(ran)
  const isTold = await tell(reports, { kind: 'matrix', matrix })
  const allWritten = (await written(matrix, ran, flags)) && isTold
  const code = codeOf(matrix, ran)
  return code === EXIT.conforms && !allWritten ? EXIT.notMeasured : code
}

/**
 * A target that fails does not stop the others. Result files are read before any measurement.
 * Throws InputError if every target refuses the input.
 */
async function ranInAll(targets: readonly NamedTarget[], args: readonly string[]): Promise<Ran[]> {
  const files = new Map<NamedTarget, Ran>()
  for (const target of targets)
    if (target.source.kind === 'file') files.set(target, await ranIn(target, args))
  const ran: Ran[] = []
  for (const target of targets) ran.push(files.get(target) ?? (await ranIn(target, args)))
  const refused = ran.flatMap(({ name, outcome }) =>
    outcome.kind === 'failure' && outcome.isInput ? [{ name, reason: outcome.reason }] : [],
  )
  if (refused.length < targets.length) return ran
  const byReason = [...Map.groupBy(refused, ({ reason }) => reason)]
  const said = byReason.map(
    ([reason, own]) => `${own.map(({ name }) => name).join(', ')}: ${reason}`,
  )
  throw new InputError(byReason.length === 1 ? byReason[0]![0] : said.join('\n'))
}

/** Options that select or replace something, for the run on every target. */
function forwarded(flags: MatrixFlags): string[] {
  const values = FORWARDED.flatMap((name) => {
    const value = flags[name]
    return value === undefined
      ? []
      : [`--${name.replace(/[A-Z]/, (c) => `-${c.toLowerCase()}`)}`, value]
  })
  return [
    ...values,
    ...(flags.bundled ? ['--bundled'] : []),
    ...(flags.rootless ? ['--rootless'] : []),
    ...rootArguments(),
    ...(flags.trust ? ['--trust', [...flags.trust].join(',')] : []),
  ]
}

/**
 * 1 for a difference or a mismatch, then 2 for refused input, then 3 for unknown results. Unknown
 * never counts as same.
 */
function codeOf({ status, targets }: Matrix, ran: readonly Ran[]): ExitCode {
  const isWrong = status === 'different' || targets.some((target) => target.status === 'mismatch')
  if (isWrong) return EXIT.mismatch
  if (ran.some(isRefused)) return EXIT.badInput
  return status === 'same' ? EXIT.conforms : EXIT.notMeasured
}

function isRefused({ outcome }: Ran): boolean {
  if (outcome.kind === 'failure') return outcome.isInput === true
  return exitCodeOf(outcome.result.status, outcome.result.scenarios) === EXIT.badInput
}

async function written(
  matrix: Matrix,
  ran: readonly Ran[],
  { out }: MatrixFlags,
): Promise<boolean> {
  return out === undefined || tryWriting(out, async () => writeAll(matrix, ran, out))
}

/** The results can be places of another matrix: `--target result:FILE`. */
function writeAll(matrix: Matrix, ran: readonly Ran[], folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeWhole(join(folder, 'matrix.json'), `${JSON.stringify(matrix, null, 1)}\n`)
  for (const { name, outcome } of ran)
    if (outcome.kind === 'result')
      writeWhole(
        join(folder, `${name.replace(/[^\w.+-]+/g, '-')}.json`),
        resultText(outcome.result),
      )
}
