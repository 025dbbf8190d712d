/**
 * Writes a result with the requested reporters: to standard output, to files, to GitHub's summary.
 */

import { PLAIN } from '../../src/quote/style.ts'
import { REPORTERS, type Registered } from '../../src/report/registry.ts'
import type { Look, Report, Reporter } from '../../src/report/reporter.ts'
import { writeWhole } from '../system/write-file.ts'
import { say, sayCommands, sayJson, screenStyle, summarized, tryWriting } from './console.ts'
import { mustTakeReport, placeOf, STANDARD_OUTPUT } from './report-places.ts'

/** `NAME`, or `NAME=FILE`. */
export interface WantedReporter {
  readonly name: string
  readonly file?: string
}

export interface ReportFlags {
  readonly reporter?: readonly WantedReporter[]
  readonly quiet?: boolean
}

interface InFile {
  readonly reporter: Reporter
  readonly file: string
}

export interface Reports {
  /** The one on standard output. */
  readonly screen: Reporter
  /** Progress and announcements are printed only for people. */
  readonly isForPeople: boolean
  readonly files: readonly InFile[]
  readonly look: Look
}

/**
 * Loaded before anything is measured. Names and places were checked when the options were read.
 * Throws InputError or EnvironmentError if a file cannot be written.
 */
export async function openReports(
  { reporter: wanted = [], quiet = false }: ReportFlags,
  registry: readonly Registered[] = REPORTERS,
): Promise<Reports> {
  const loaded = await Promise.all(
    wanted.map(async ({ name, file }) => ({ reporter: await loadedFrom(registry, name), file })),
  )
  for (const { file } of loaded) if (file !== undefined) mustTakeReport(file)
  const onScreen = loaded.find(({ file }) => placeOf(file) === STANDARD_OUTPUT)
  const screen = onScreen?.reporter ?? (await loadedFrom(registry, 'terminal'))
  return {
    screen,
    isForPeople: screen.live !== undefined,
    files: loaded.flatMap((one) =>
      one.file === undefined || one === onScreen
        ? []
        : [{ reporter: one.reporter, file: one.file }],
    ),
    look: { style: screenStyle(process.stdout), quiet },
  }
}

function loadedFrom(registry: readonly Registered[], name: string): Promise<Reporter> {
  const found = registry.find((one) => one.name === name)
  if (!found) throw new Error(`unknown reporter ${name}`)
  return found.load()
}

/** The whole report on standard output. */
export function printReport({ screen, look }: Reports, report: Report): void {
  const text = screen.render(report, look)
  switch (screen.medium) {
    case 'text':
      say(text.trimEnd())
      break
    case 'json':
      sayJson(text)
      break
    case 'commands':
      sayCommands(text)
      break
    default:
      throw new Error(`unknown medium ${screen.medium satisfies never}`)
  }
}

/**
 * Files, and GitHub's summary if it is set. False if one could not be written; a message then gives
 * the reason.
 */
export async function writeReports(
  { files, look }: Reports,
  report: Report,
  isSummarized = true,
): Promise<boolean> {
  const inFile = { ...look, style: PLAIN }
  const attempts = files.map(({ reporter, file }) =>
    tryWriting(file, async () => writeWhole(file, reporter.render(report, inFile))),
  )
  const summary = isSummarized ? summarized(() => summaryOf(report, inFile)) : true
  return (await Promise.all([...attempts, summary])).every(Boolean)
}

async function summaryOf(report: Report, look: Look): Promise<string> {
  const { markdown } = await import('../../src/report/markdown-reporter.ts')
  return markdown.render(report, look)
}

/** Both. */
export function tell(reports: Reports, report: Report, isSummarized = true): Promise<boolean> {
  printReport(reports, report)
  return writeReports(reports, report, isSummarized)
}
