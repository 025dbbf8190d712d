/** Runs the prepared scenarios, prints each result, writes the reports and gives the exit code. */
import { familyName } from '../../src/net/protocol.ts'
import { counted } from '../../src/net/text.ts'
import { terminalSafeLine } from '../../src/quote/terminal.ts'
import { notMeasuredWords } from '../../src/result/not-measured.ts'
import type { Result, ScenarioResult } from '../../src/result/result.ts'
import { reached } from '../contract/stage.ts'
import { say, warn } from '../output/console.ts'
import { exitCodeOf } from '../output/exit-code.ts'
import { openReports, printReport, type Reports, writeReports } from '../output/reports.ts'
import { mustTakeResults, notWritten, RESULTS, writeResult } from '../output/result-store.ts'
import type { Ready, RunEvent } from '../pipeline/contract.ts'
import { startProgress } from '../pipeline/progress.ts'
import { run } from '../pipeline/run.ts'
import { onInterruption, unlessInterrupted } from '../supervisor/signals.ts'
import { EXIT } from '../system/errors.ts'
import { shown } from '../system/text-file.ts'
import type { RunFlags } from './run-flags.ts'
import type { Prepared } from './run-options.ts'

export async function perform(options: Prepared, flags: RunFlags): Promise<number> {
  const reports = await openReports(flags)
  if (flags.save) mustTakeResults(flags.out ?? RESULTS)
  const interruption = onInterruption()
  interruption.signal.addEventListener('abort', () => {
    for (const provider of new Set(options.providers?.values())) provider.interrupt()
  })
  reached('signals handled')
  const progress = reports.isForPeople ? startProgress() : undefined
  const printer = new Printer(options.loaded, reports)
  const onEvent = (event: RunEvent): void => {
    progress?.show(event)
    if (event.kind === 'planned') announce(event, reports, () => progress?.clear())
    if (event.kind === 'done') printer.add(event.result, () => progress?.clear())
  }
  const result = await unlessInterrupted(interruption, () =>
    run({ ...options, signal: interruption.signal }, onEvent),
  )
  progress?.stop()
  interruption.done()
  if (!result) return interruption.exitCode()!
  return finish(result, { flags, reports }, interruption.exitCode())
}

/** Printed before the probes, so the user knows how much there is to measure. */
function announce(
  { scenario, sweeps, numbers, family }: Extract<RunEvent, { kind: 'planned' }>,
  { isForPeople, look }: Reports,
  before: () => void,
): void {
  if (!isForPeople || look.quiet) return
  before()
  warn(
    `${scenario}: ${counted(sweeps, 'sweep')} of ${counted(numbers, 'port')} over ${familyName(family)}`,
  )
}

interface Finishing {
  readonly flags: RunFlags
  readonly reports: Reports
}

/** Tables are already printed during the run, so only the summary remains. */
async function finish(
  result: Result,
  { flags, reports }: Finishing,
  interrupted: number | undefined,
): Promise<number> {
  const written = save(result, flags)
  const report = { kind: 'run', result: written.result } as const
  const { live } = reports.screen
  if (live) say(live.end(written.result, reports.look))
  else printReport(reports, report)
  if (written.path !== undefined && reports.isForPeople && !flags.quiet)
    say(` result: ${terminalSafeLine(shown(written.path))}`)
  const allWritten = await writeReports(reports, report)
  if (interrupted !== undefined) return interrupted
  const verdict = exitCodeOf(result.status, result.scenarios)
  return verdict === EXIT.conforms && !(written.saved && allWritten) ? EXIT.notMeasured : verdict
}

function save(result: Result, flags: RunFlags): { result: Result; path?: string; saved: boolean } {
  if (!flags.save) return { result: { ...result, id: 'unsaved' }, saved: true }
  const written = writeResult(result, flags.out ?? RESULTS, nameOf(result))
  if (written.ok) return { result: written.result, path: written.path, saved: true }
  warn(notWritten(flags.out ?? RESULTS, written.reason))
  return { result: { ...result, id: 'unsaved' }, saved: false }
}

function nameOf({ scenarios, shard }: Result): string {
  if (shard) return `shard-${shard.index}-of-${shard.count}`
  return scenarios.length === 1 ? scenarios[0]!.id : 'scenarios'
}

/** Prints scenarios in the order of the files, each as soon as those before it are finished. */
class Printer {
  readonly #order: readonly string[]
  readonly #reports: Reports
  readonly #ready = new Map<string, ScenarioResult>()
  #next = 0

  constructor(loaded: readonly Ready[], reports: Reports) {
    this.#order = loaded.map(({ scenario }) => scenario.id)
    this.#reports = reports
  }

  add(result: ScenarioResult, before: () => void): void {
    const { live } = this.#reports.screen
    if (!live || !isSeenTogether()) warnOfNotMeasured(result, before)
    if (!live) return
    this.#ready.set(result.id, result)
    for (;;) {
      const next = this.#ready.get(this.#order[this.#next] ?? '')
      if (!next) return
      this.#next++
      before()
      const text = live.scenario(next, this.#reports.look)
      if (text !== '') say(`${text}\n`)
    }
  }
}

/** If the report and the progress share a terminal, the report repeats the warnings. */
const isSeenTogether = (): boolean => process.stdout.isTTY === true && process.stderr.isTTY === true

function warnOfNotMeasured({ id, notMeasured = [] }: ScenarioResult, before: () => void): void {
  if (notMeasured.length > 0) before()
  for (const one of notMeasured) warn(`${id}: ${notMeasuredWords(one)}: ${one.reason}`)
}
