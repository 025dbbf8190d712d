/** The handler of `nftproof run`: reads, runs, prints and writes, and sets the exit code. */

import type { RunIn } from '../../src/firewall/run-in.ts'
import type { Trust } from '../../src/firewall/trust.ts'
import { suggestion } from '../../src/input/suggestion.ts'
import { FIREWALL } from '../../src/lab/lab.ts'
import type { PortSet } from '../../src/net/port-set.ts'
import { type Family, familyName, type Protocol } from '../../src/net/protocol.ts'
import { counted } from '../../src/net/text.ts'
import { planSweeps, type Selection } from '../../src/plan/egress.ts'
import { sizesAsked } from '../../src/plan/zones.ts'
import type { Day } from '../../src/policy/grant.ts'
import { shellPath, shellWord } from '../../src/quote/shell.ts'
import { terminalSafeLine } from '../../src/quote/terminal.ts'
import { notMeasuredWords } from '../../src/result/not-measured.ts'
import type { Result, ScenarioResult } from '../../src/result/result.ts'
import { type Shard, shardWords } from '../../src/result/shard.ts'
import type { FoundShard } from '../../src/shard/environment.ts'
import { reached } from '../contract/stage.ts'
import { problemsOfRuleset } from '../input/egress-links.ts'
import type { AnyLoaded, Loaded, LoadedFirewallScenario } from '../input/load.ts'
import { isLoadedFirewallScenario, readScenarios, type ScenariosRead } from '../input/load.ts'
import {
  checkFaulty,
  type Otherwise,
  type PreparedScenario,
  prepare,
  subjectOf,
} from '../input/prepare-zones.ts'
import { type FolderFlags, scenariosFolder } from '../input/scenarios-folder.ts'
import { NAMING, type Named, namedBy, separated, type TargetFlags } from '../input/target-flags.ts'
import { say, warn } from '../output/console.ts'
import { exitCodeOf } from '../output/exit-code.ts'
import { warnOf } from '../output/problem-messages.ts'
import {
  openReports,
  printReport,
  type ReportFlags,
  type Reports,
  writeReports,
} from '../output/reports.ts'
import { RESULTS, writeResult } from '../output/result-store.ts'
import type { Failed, GivenRuleset, Ready, RunEvent, RunOptions } from '../pipeline/contract.ts'
import { startProgress } from '../pipeline/progress.ts'
import { run } from '../pipeline/run.ts'
import { providersFor, type Wanted } from '../pipeline/scenario-providers.ts'
import type { WithAvailableProviders } from '../provider/with-providers.ts'
import type { Started } from '../sandbox/start.ts'
import { onInterruption, unlessInterrupted } from '../supervisor/signals.ts'
import { EnvironmentError, EXIT, InputError } from '../system/errors.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { rootArguments } from '../system/file-root.ts'
import type { ScriptFlags } from '../system/script-timeout.ts'
import { ownCommand, WITHIN } from '../system/shell-quote.ts'
import { shown } from '../system/text-file.ts'
import { list } from './run-list.ts'
import { planShard, timesFor } from './shard.ts'
import { whichShard } from './which-shard.ts'

export interface RunFlags extends TargetFlags, FolderFlags, ScriptFlags, ReportFlags {
  readonly list?: boolean
  readonly from?: string[]
  readonly to?: string[]
  readonly ports?: PortSet
  readonly family?: Family[]
  readonly protocol?: Protocol[]
  readonly sourcePort?: number
  readonly out?: string
  readonly save: boolean
  readonly jobs?: number
  readonly rootless?: boolean
  readonly at?: Day
  readonly runIn?: RunIn
  readonly shard?: Shard | 'none'
  readonly times?: string
  readonly trust?: Trust
}

/**
 * `started` is absent for --list, and if the firewall is in an existing target, which is opened
 * first.
 */
export async function runCommand(
  ids: readonly string[],
  given: RunFlags,
  started: Started | undefined,
): Promise<number> {
  const found = whichShard(given)
  const flags = separated(given)
  const named = namedBy(flags)
  const read = readScenarios(scenariosFolder(flags), ids, flags.at)
  const options = await optionsOf(flags, read, named)
  const prepared = found ? await shardOf(found, options, flags) : options
  if (flags.list) return list(prepared.loaded)
  const wanted = providersFor(prepared.loaded, named, flags.ruleset !== undefined)
  if (wanted.length === 0) return perform({ ...prepared, ...started! }, flags)
  await started?.sandbox.close()
  return performHoused(prepared, flags, wanted, named)
}

/** A target on the command line applies to all scenarios that do not name their own. */
async function performHoused(
  prepared: Unstarted,
  flags: RunFlags,
  wanted: readonly Wanted[],
  named: Named | undefined,
): Promise<number> {
  const { withProviders, withAvailableProviders } = await import('../provider/with-providers.ts')
  const options = wanted.map(({ options: own }) => own)
  const work = ({ providers: all, ...opened }: WithAvailableProviders): Promise<number> => {
    const byId = wanted.flatMap(({ scenarios }, i) => scenarios.map((id) => [id, all[i]!] as const))
    const providers = new Map(
      byId.flatMap(([id, it]) => ('failure' in it ? [] : [[id, it] as const])),
    )
    const failures = new Map(
      byId.flatMap(([id, it]) => ('failure' in it ? [[id, it] as const] : [])),
    )
    const loaded = prepared.loaded.map((one) => ({ ...one, ...failures.get(one.scenario.id) }))
    return perform({ ...prepared, ...opened, loaded, providers }, flags)
  }
  return named ? withProviders(options, flags, work) : withAvailableProviders(options, flags, work)
}

type Prepared = Omit<RunOptions, 'signal'>
type Unstarted = Omit<Prepared, keyof Started>

async function optionsOf(
  flags: RunFlags,
  read: ScenariosRead,
  named: Named | undefined,
): Promise<Unstarted> {
  const { from, to, ports, family: families, protocol: protocols } = flags
  const selection = { from, to, ports, families, protocols }
  const ready = await prepared(read, flags, named)
  const [some, none] = [true, false].map((wanted) =>
    ready.filter((one) => isProbed(one, selection) === wanted),
  ) as [Ready[], Ready[]]
  if (some.length === 0)
    throw new InputError(
      unknownName(ready, [...(from ?? []), ...(to ?? [])]) ??
        `${SELECTING} exclude everything in these scenarios`,
    )
  if (none.length > 0)
    warn(
      `not run, because ${SELECTING} exclude everything there: ${none.map(({ scenario }) => scenario.id).join(', ')}`,
    )
  const compiled = some.filter(
    (one): one is Loaded =>
      !('firewall' in one || 'failure' in one) && !isLoadedFirewallScenario(one),
  )
  const given =
    flags.ruleset === undefined || compiled.length === 0
      ? undefined
      : await rulesetFile(flags.ruleset)
  const strange = given ? problemsOfRuleset(compiled, given) : []
  if (strange.length > 0) throw new FaultyFiles(strange)
  return {
    loaded: some,
    ...selection,
    sourcePort: flags.sourcePort,
    ruleset: given,
    replay: replayOf(flags),
  }
}

/** Prints the shard's share, because the environment may have selected it. */
async function shardOf(found: FoundShard, options: Unstarted, flags: RunFlags): Promise<Unstarted> {
  const { from, to, ports, families, protocols } = options
  const times = await timesFor(flags)
  const selection = { from, to, ports, families, protocols }
  const shard = planShard(found.shard, { ...options, selection }, times)
  const loaded = options.loaded.filter(({ scenario }) => shard.share.has(scenario.id))
  const { parts, plan } = shard.result
  warn(
    `${shardWords(found.shard)}, by ${found.words}: ${counted(parts.length, 'part')} of ${plan.parts}, in ${loaded.length} of ${counted(options.loaded.length, 'scenario')}; split by ${times.words}`,
  )
  return { ...options, loaded, shard }
}

const SELECTING = '--from, --to, --ports, --family and --protocol'

/**
 * Firewalls are read before any measurement, and the errors of all files are reported together.
 * What this machine cannot read fails alone.
 */
async function prepared(
  { loaded, faulty, faults }: ScenariosRead,
  { ruleset }: RunFlags,
  named: Named | undefined,
): Promise<Ready[]> {
  const claims = loaded.filter(isLoadedFirewallScenario)
  if (claims.length + faulty.length === 0) {
    faults.finish()
    return loaded as readonly Loaded[] as Ready[]
  }
  const { readFirewall } = await import('../input/firewall.ts')
  const instead =
    ruleset === undefined
      ? undefined
      : await faults.attemptLater(() => readFirewall(ruleset, { command: 'run' }))
  const isLost = ruleset !== undefined && !instead
  const ready = new Map<AnyLoaded, Ready>()
  for (const one of isLost ? [] : claims) {
    const made = await faults.attemptLater(() => preparedOrNot(one, { instead, named }))
    if (made) ready.set(one, made)
  }
  for (const one of isLost ? [] : faulty)
    await faults.attemptLater(() => orNothing(() => checkFaulty(one, { instead, named })))
  faults.finish()
  warnOf(claims.flatMap(({ warnings }) => warnings))
  return loaded.map((one) => (isLoadedFirewallScenario(one) ? ready.get(one)! : one))
}

async function preparedOrNot(
  one: LoadedFirewallScenario,
  otherwise: Otherwise,
): Promise<PreparedScenario | Failed> {
  try {
    return await prepare(one, otherwise)
  } catch (failure) {
    if (!(failure instanceof EnvironmentError)) throw failure
    return { ...one, failure }
  }
}

/** Invalid files stop the run before the machine's requirements are checked. */
async function orNothing(check: () => Promise<unknown>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
  }
}

const isProbed = (one: Ready, selection: Selection): boolean =>
  'failure' in one ||
  ('firewall' in one
    ? sizesAsked(subjectOf(one, selection)).length > 0
    : planSweeps(one, selection).length > 0)

/** The error for a name that no scenario has. */
function unknownName(ready: readonly Ready[], names: readonly string[]): string | undefined {
  const known = [...new Set(ready.flatMap(namesOf))]
  const unknown = names.find((name) => !known.includes(name))
  return unknown === undefined
    ? undefined
    : `unknown zone, project or host ${JSON.stringify(unknown)}${suggestion(unknown, known)}`
}

function namesOf(one: Ready): string[] {
  if (!isLoadedFirewallScenario(one)) return one.scenario.zones.map(({ name }) => name)
  return [...one.policy.zones, ...one.policy.hosts.map(({ name }) => name), FIREWALL]
}

/**
 * With the text of included files in place, because they are not available where the ruleset is
 * loaded.
 */
async function rulesetFile(target: string): Promise<GivenRuleset> {
  const { readFirewall } = await import('../input/firewall.ts')
  const { parts } = await readFirewall(target, { command: 'run' })
  const [part, second] = parts
  if (!part || second || part.kind !== 'nft')
    throw new InputError(
      `${target}: a scenario about projects is tested with one ruleset as nftables text: name a file of nft list ruleset`,
    )
  return { origin: part.file, text: part.text, stretches: part.stretches }
}

/** A replay command needs all options that distinguish this run from a plain one. */
function replayOf(flags: RunFlags): string {
  const { scenarios, bundled, ruleset, rootless, at, scriptTimeout } = flags
  return [
    `${ownCommand()} run`,
    ...(process.env[WITHIN] ? [process.env[WITHIN]] : []),
    ...(scenarios === undefined ? [] : [`--scenarios ${shellPath(scenarios)}`]),
    ...(bundled ? ['--bundled'] : []),
    ...(ruleset === undefined ? [] : [`--ruleset ${shellPath(ruleset)}`]),
    ...(rootless ? ['--rootless'] : []),
    ...rootArguments().map(shellWord),
    ...NAMING.flatMap((flag) =>
      flags[flag] === undefined ? [] : [`--${flag} ${shellWord(flags[flag])}`],
    ),
    ...(flags.load ? ['--load'] : []),
    ...(flags.trust ? [`--trust ${[...flags.trust].join(',')}`] : []),
    ...(at === undefined ? [] : [`--at ${shellWord(at)}`]),
    ...(scriptTimeout === undefined ? [] : [`--script-timeout ${scriptTimeout}`]),
  ].join(' ')
}

async function perform(options: Prepared, flags: RunFlags): Promise<number> {
  const reports = await openReports(flags)
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
    `${scenario}: ${counted(sweeps, 'sweep')} of ${counted(numbers, 'number')} over ${familyName(family)}`,
  )
}

interface Finishing {
  readonly flags: RunFlags
  readonly reports: Reports
}

/** What printed while the run went on has the end left to say. */
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
  warn(`the result could not be written to ${flags.out ?? RESULTS}: ${written.reason}`)
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
