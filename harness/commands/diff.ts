/** The handler of `nftproof diff`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Delta, ZoneName } from '../../src/compare/delta.ts'
import type { Firewall, FirewallPart } from '../../src/firewall/firewall.ts'
import { withEnvironment } from '../../src/firewall/kinds/environment.ts'
import type { Trust } from '../../src/firewall/trust.ts'
import { lazily, type Problem } from '../../src/input/problem.ts'
import { quoted } from '../../src/input/quoted.ts'
import { suggestion } from '../../src/input/suggestion.ts'
import { FIREWALL, type LabPlan } from '../../src/lab/lab.ts'
import type { PortSet } from '../../src/net/port-set.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import { counted } from '../../src/net/text.ts'
import type { DiffPlan, DiffSweep } from '../../src/plan/diff.ts'
import { replayOf } from '../../src/plan/replay.ts'
import type { DiffResult } from '../../src/result/diff.ts'
import { RESULT_VERSION } from '../../src/result/version.ts'
import { loaderOf } from '../firewall/loaders.ts'
import type { ChosenLab } from '../input/chosen-lab.ts'
import { readFirewall } from '../input/firewall.ts'
import { checkZones, chooseLab } from '../input/lab-choice.ts'
import { warn } from '../output/console.ts'
import { openReports, type ReportFlags, type Reports, tell } from '../output/reports.ts'
import { versions } from '../output/versions.ts'
import { runDiff } from '../pipeline/diff.ts'
import type { SideProviders } from '../pipeline/diff-providers.ts'
import { checkFirewalls } from '../pipeline/firewall-check.ts'
import type { ProviderFlags } from '../provider/with-providers.ts'
import type { Started } from '../sandbox/start.ts'
import { onInterruption, unlessInterrupted } from '../supervisor/signals.ts'
import { EXIT, InputError } from '../system/errors.ts'
import { Faults } from '../system/faulty-files.ts'
import { filesRead } from '../system/files-read.ts'
import { findProgram } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import type { ScriptFlags } from '../system/script-timeout.ts'
import { shown } from '../system/text-file.ts'
import { diffToRepeat } from './replay.ts'

export interface DiffFlags extends ScriptFlags, ReportFlags {
  readonly environment?: Readonly<Record<string, string>>
  readonly lab?: string
  readonly writeLab?: string
  readonly expect?: string
  readonly optimized?: boolean
  readonly translated?: boolean
  readonly acceptUntested?: boolean
  readonly quick?: boolean
  readonly budget?: number
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly family?: readonly Family[]
  readonly protocol?: readonly Protocol[]
  readonly ports?: PortSet
  readonly jobs?: number
  readonly rootless?: boolean
  readonly trust?: Trust
}

/**
 * `started` has the sandbox, or its options if a firewall is in an existing target, which is
 * opened first.
 */
export async function diffCommand(
  old: string,
  young: string | undefined,
  flags: DiffFlags,
  started: Started | ProviderFlags,
): Promise<number> {
  const times = { startedAt: new Date(), began: performance.now() }
  const reports = await openReports(flags)
  const { sides, delta, lab } = await filesOf(old, young, flags)
  checkZones(lab.plan, [...(flags.from ?? []), ...(flags.to ?? [])])
  const asked = { old, young, flags, sides, delta, lab, reports, ...times }
  if ('sandbox' in started) return diffIn(asked, { ...started, providers: {} })
  const { withSideProviders } = await import('../pipeline/diff-providers.ts')
  return withSideProviders(sides, lab.plan.zones, started, (opened) => diffIn(asked, opened))
}

/** The errors of all files are reported at once. */
async function filesOf(old: string, young: string | undefined, flags: DiffFlags) {
  const faults = new Faults()
  const sides = await faults.attemptLater(() => sidesOf(old, young, flags))
  const { expect, lab: file } = flags
  const reading =
    expect === undefined ? undefined : await faults.attemptLater(() => readExpected(expect))
  faults.add(reading && !reading.ok ? reading.problems : [])
  // The lab file is read even if a firewall has errors.
  const firewalls = sides ? [sides.old, sides.new] : []
  const isKnown = sides !== undefined || file !== undefined
  const choice = sides ? flags : { lab: file }
  const lab = isKnown ? await faults.attemptLater(() => chooseLab(firewalls, choice)) : undefined
  faults.add(lab && reading ? unknownZones(lab.plan, reading.names) : [])
  faults.finish()
  return { sides: sides!, delta: reading?.ok ? reading.value : undefined, lab: lab! }
}

interface Asked {
  readonly old: string
  readonly young: string | undefined
  readonly flags: DiffFlags
  readonly sides: { readonly old: Firewall; readonly new: Firewall }
  readonly delta: Delta | undefined
  readonly lab: ChosenLab
  readonly reports: Reports
  readonly startedAt: Date
  readonly began: number
}

async function diffIn(
  { old, young, flags, sides, delta, lab, reports, startedAt, began }: Asked,
  { sandbox, jobs, providers }: Pick<Started, 'sandbox' | 'jobs'> & { providers: SideProviders },
): Promise<number> {
  const interruption = onInterruption()
  const stop = (): void => {
    void sandbox.close()
    for (const provider of Object.values(providers)) provider.interrupt()
  }
  interruption.signal.addEventListener('abort', stop)
  const { zones } = lab.plan
  const given = [sides.old, sides.new].map((firewall) => ({ firewall, zones }))
  const compare = () =>
    runDiff({
      ...sides,
      ...{ sandbox, jobs, delta, providers, plan: lab.plan, signal: interruption.signal },
      quick: flags.quick === true,
      remarks: lab.remarks ?? [],
      acceptsUntested: flags.acceptUntested === true,
      budget: flags.budget,
      from: flags.from,
      to: flags.to,
      families: flags.family,
      protocols: flags.protocol,
      ports: flags.ports,
      replay: replayIn(old, young, flags),
      onPlan: (plans) => announce(plans, lab, reports),
    })
  const found = await unlessInterrupted(interruption, () =>
    checkFirewalls(sandbox, given).then(compare),
  )
  interruption.done()
  if (!found) return interruption.exitCode()!
  const result: DiffResult = {
    format: 'nftproof-diff',
    version: RESULT_VERSION,
    ...found,
    ...(flags.expect === undefined ? {} : { expected: shown(flags.expect) }),
    lab: labOf(lab),
    tested: filesRead(),
    versions: versions(),
    timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - began },
  }
  const told = await tell(reports, { kind: 'diff', result })
  return interruption.exitCode() ?? exitCodeOf(result, told)
}

async function sidesOf(
  old: string,
  young: string | undefined,
  flags: DiffFlags,
): Promise<{ old: Firewall; new: Firewall }> {
  const made = [flags.optimized, flags.translated, young !== undefined].filter(Boolean).length
  if (made !== 1)
    throw new InputError(
      'the second firewall is missing: name it, or use --optimized or --translated',
    )
  const { first, second } = await readBoth(old, young, flags.environment)
  if (second) return { old: first, new: second }
  const [make, how] = flags.optimized
    ? ([optimized, '--optimize'] as const)
    : ([translated, 'translated'] as const)
  return { old: first, new: { origin: `${first.origin} (${how})`, parts: first.parts.map(make) } }
}

/** The errors of both firewalls are reported at once. */
async function readBoth(
  old: string,
  young: string | undefined,
  environment: DiffFlags['environment'],
) {
  const faults = new Faults()
  const read = (argument: string): Promise<Firewall | undefined> =>
    faults.attemptLater(async () => withEnvironment(await readFirewall(argument), environment))
  const first = await read(old)
  const second = young === undefined ? undefined : await read(young)
  faults.finish()
  return { first: first!, second }
}

function optimized(part: FirewallPart): FirewallPart {
  if (!loaderOf(part).isOptimizable)
    throw new InputError(`${part.file}: --optimized needs nftables text`)
  return { ...part, optimized: true }
}

/** With iptables-restore-translate, which only reads. */
function translated(part: FirewallPart): FirewallPart {
  const program = loaderOf(part).translator?.(part)
  if (program === undefined)
    throw new InputError(`${part.file}: --translated needs the output of iptables-save`)
  const { status, stdout, stderr } = withFile(part.text, (file) =>
    runProgramSync(findProgram(program), ['-f', file]),
  )
  if (status !== 0) throw new InputError(`${program} refuses ${part.file}:\n${stderr.trim()}`)
  const file = `${part.file} (translated)`
  return { kind: 'nft', file, text: stdout, stretches: [{ from: 1, file, line: 1 }] }
}

/** The program cannot read standard input. */
function withFile<T>(text: string, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'nftproof-'))
  try {
    const file = join(folder, 'rules')
    writeFileSync(file, text)
    return use(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function readExpected(file: string) {
  const { readDeclaredChange } = await import('../input/declared-change.ts')
  return readDeclaredChange(file)
}

function unknownZones({ zones }: LabPlan, names: readonly ZoneName[]): Problem[] {
  const known = new Set([...zones.map(({ name }) => name), FIREWALL])
  return names
    .filter(({ name }) => !known.has(name))
    .map(({ name, at }) =>
      lazily(
        { ...at, column: at.column ?? 1 },
        () => `${quoted(name)} is not a zone of the lab${suggestion(name, [...known])}`,
      ),
    )
}

/** Printed before the probes, so the user knows how much there is to measure. */
function announce(
  plans: readonly DiffPlan[],
  { assumed = [] }: ChosenLab,
  { isForPeople }: Reports,
): void {
  if (!isForPeople) return
  for (const sentence of assumed) warn(sentence)
  const combinations = plans.reduce((all, plan) => all + plan.combinations, 0n)
  const numbers = plans.reduce(
    (all, { sweeps }) => all + sweeps.reduce((sum, { numbers }) => sum + numbers.size, 0),
    0,
  )
  const sweeps = plans.reduce((all, { probed }) => all + probed, 0)
  const some = combinations === BigInt(sweeps) ? ': ' : ', of which '
  warn(
    `${combinations.toLocaleString('en-US')} ${combinations === 1n ? 'combination' : 'combinations'}${some}${counted(sweeps, 'sweep')} of ${counted(numbers, 'port')} through each firewall`,
  )
}

function labOf({ plan, reasons }: ChosenLab): DiffResult['lab'] {
  return {
    zones: plan.zones.map(({ name, link, addresses }) => ({
      name,
      link,
      addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    })),
    reasons,
  }
}

/** The options of this comparison, and the one number. */
function replayIn(old: string, young: string | undefined, flags: DiffFlags) {
  const command = diffToRepeat(old, young, flags)
  return ({ from, to, family, protocol }: DiffSweep, number: number): string =>
    replayOf(command, { ends: { from, to }, family, protocol, number })
}

function exitCodeOf({ status, notMeasured = [] }: DiffResult, told: boolean): number {
  switch (status) {
    case 'same':
    case 'as-declared':
      return told ? EXIT.conforms : EXIT.notMeasured
    case 'different':
      return EXIT.mismatch
    case 'unknown':
      return notMeasured.some(({ cause }) => cause === 'input') ? EXIT.badInput : EXIT.notMeasured
    case 'not-proved':
      return EXIT.notMeasured
    default:
      throw new Error(`unknown status ${status satisfies never}`)
  }
}
