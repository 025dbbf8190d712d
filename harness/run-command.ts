/** What `nftproof run` does: read, run, print, write, and end with the right code. */
import { writeFileSync } from 'node:fs'
import { planSweeps } from '../src/plan.ts'
import { renderScenario, renderScenarioQuietly, renderSummary } from '../src/report/terminal.ts'
import type { Result, ScenarioResult } from '../src/result.ts'
import { type RunFlags, scenariosFolder } from './cli/run.ts'
import { exitCodeOf } from './exit-code.ts'
import { EXIT, InputFailure } from './failure.ts'
import { onInterruption } from './interruption.ts'
import { say, styleOf, summarized, tryWriting, warn } from './output.ts'
import { startProgress } from './progress.ts'
import { NAMING, namedBy } from './provider/flags.ts'
import type { Loaded } from './read.ts'
import { loadScenarios } from './read.ts'
import { RESULTS, resultText, writeResult } from './results.ts'
import { run } from './run.ts'
import type { RunOptions } from './run-contract.ts'
import type { Started } from './sandbox/start.ts'
import { ownCommand, quote } from './shell.ts'
import { readText, shown } from './text-file.ts'

/** `started` is absent where only a list is asked for, and where the firewall is somewhere: then that is opened first. */
export async function runCommand(
  ids: readonly string[],
  flags: RunFlags,
  started: Started | undefined,
): Promise<number> {
  const loaded = loadScenarios(scenariosFolder(flags.scenarios), ids, flags.at)
  const named = namedBy(flags, flags.ruleset !== undefined)
  if (flags.list) return list(loaded)
  const options = optionsOf(flags, loaded)
  if (!named) return perform({ ...options, ...started! }, flags)
  const { housed } = await import('./provider/housed.ts')
  const zones = options.loaded.flatMap(({ scenario }) => scenario.zones)
  return housed([{ ...named, zones }], flags, ({ housings, ...opened }) =>
    perform({ ...options, ...opened, housing: housings[0] }, flags),
  )
}

type Prepared = Omit<RunOptions, 'signal'>

function optionsOf(flags: RunFlags, loaded: readonly Loaded[]): Omit<Prepared, keyof Started> {
  const selection = { ports: flags.ports, families: flags.family, protocols: flags.protocol }
  const [some, none] = [true, false].map((wanted) =>
    loaded.filter((one) => planSweeps(one, selection).length > 0 === wanted),
  ) as [Loaded[], Loaded[]]
  if (some.length === 0)
    throw new InputFailure(
      '--ports, --family and --protocol leave nothing to probe in these scenarios',
    )
  if (none.length > 0)
    warn(
      `left out, because --ports, --family and --protocol leave nothing to probe there: ${none.map(({ scenario }) => scenario.id).join(', ')}`,
    )
  return {
    loaded: some,
    ...selection,
    sourcePort: flags.sourcePort,
    ruleset: flags.ruleset === undefined ? undefined : rulesetFile(flags.ruleset),
    replay: replayOf(flags),
  }
}

function rulesetFile(file: string): { origin: string; text: string } {
  return { origin: shown(file), text: `${readText(file, 'ruleset')}\n` }
}

/** A replay needs whatever made this run different from the plain one. */
function replayOf(flags: RunFlags): string {
  const { scenarios, ruleset, rootless, at } = flags
  return [
    `${ownCommand()} run`,
    ...(scenarios === undefined ? [] : [`--scenarios ${quote(scenarios)}`]),
    ...(ruleset === undefined ? [] : [`--ruleset ${quote(ruleset)}`]),
    ...(rootless ? ['--rootless'] : []),
    ...NAMING.flatMap((flag) =>
      flags[flag] === undefined ? [] : [`--${flag} ${quote(flags[flag])}`],
    ),
    ...(flags.load ? ['--load'] : []),
    ...(at === undefined ? [] : [`--at ${at}`]),
  ].join(' ')
}

function list(loaded: readonly Loaded[]): number {
  const width = Math.max(...loaded.map(({ scenario }) => scenario.id.length))
  for (const { scenario } of loaded) say(`${scenario.id.padEnd(width)}  ${scenario.title}`)
  return EXIT.conforms
}

async function perform(options: Prepared, flags: RunFlags): Promise<number> {
  const interruption = onInterruption()
  interruption.signal.addEventListener('abort', () => options.housing?.interrupt())
  const progress = flags.json ? undefined : startProgress()
  const printer = new Printer(options.loaded, flags)
  const result = await run({ ...options, signal: interruption.signal }, (event) => {
    progress?.show(event)
    if (event.kind === 'done') printer.add(event.result, () => progress?.clear())
  })
  progress?.stop()
  interruption.done()
  return finish(result, flags, interruption.exitCode())
}

function finish(result: Result, flags: RunFlags, interrupted: number | undefined): Promise<number> {
  const written = save(result, flags)
  if (flags.json) say(resultText(written.result).trimEnd())
  else say(renderSummary(written.result, styleOf(process.stdout)))
  if (written.path !== undefined && !flags.json && !flags.quiet)
    say(` result: ${shown(written.path)}`)
  return reports(written.result, flags).then((allWritten) => {
    if (interrupted !== undefined) return interrupted
    const verdict = exitCodeOf(result.status)
    return verdict === EXIT.conforms && !(written.saved && allWritten) ? EXIT.notMeasured : verdict
  })
}

function save(result: Result, flags: RunFlags): { result: Result; path?: string; saved: boolean } {
  if (!flags.save) return { result: { ...result, id: 'unsaved' }, saved: true }
  const name = result.scenarios.length === 1 ? result.scenarios[0]!.id : 'scenarios'
  const written = writeResult(result, flags.out ?? RESULTS, name)
  if (written.ok) return { result: written.result, path: written.path, saved: true }
  warn(`the result could not be written to ${flags.out ?? RESULTS}: ${written.reason}`)
  return { result: { ...result, id: 'unsaved' }, saved: false }
}

/** JUnit and Markdown, where asked for; false when one could not be written. */
async function reports(result: Result, { junit }: RunFlags): Promise<boolean> {
  const attempts = [
    junit === undefined
      ? true
      : tryWriting(junit, async () => {
          const { renderJunit } = await import('../src/report/junit.ts')
          writeFileSync(junit, renderJunit(result))
        }),
    summarized(async () => {
      const { renderMarkdown } = await import('../src/report/markdown.ts')
      return renderMarkdown(result)
    }),
  ]
  return (await Promise.all(attempts)).every(Boolean)
}

/** Prints scenarios in the order of the files, each as soon as those before it are done. */
class Printer {
  readonly #order: readonly string[]
  readonly #flags: RunFlags
  readonly #ready = new Map<string, ScenarioResult>()
  #next = 0

  constructor(loaded: readonly Loaded[], flags: RunFlags) {
    this.#order = loaded.map(({ scenario }) => scenario.id)
    this.#flags = flags
  }

  add(result: ScenarioResult, before: () => void): void {
    if (this.#flags.json) return
    this.#ready.set(result.id, result)
    for (;;) {
      const next = this.#ready.get(this.#order[this.#next] ?? '')
      if (!next) return
      this.#next++
      before()
      this.#print(next)
    }
  }

  #print(result: ScenarioResult): void {
    const style = styleOf(process.stdout)
    const text = this.#flags.quiet
      ? renderScenarioQuietly(result, style)
      : renderScenario(result, style)
    if (text !== '') say(`${text}\n`)
  }
}
