/** What `nftproof diff` does. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Delta } from '../src/diff/delta.ts'
import type { DiffResult } from '../src/diff/diff.ts'
import type { Firewall, FirewallPart } from '../src/firewall/firewall.ts'
import type { LabPlan } from '../src/lab/lab.ts'
import { renderDiffMarkdown } from '../src/report/diff-markdown.ts'
import { renderDiff } from '../src/report/diff-terminal.ts'
import { counted } from '../src/report/words.ts'
import { problemText } from '../src/yaml/problem.ts'
import type { DiffFlags } from './cli/diff.ts'
import type { DiffPlan } from './diff/plan.ts'
import { runDiff } from './diff/run.ts'
import type { PlannedTable } from './diff/table.ts'
import { EnvironmentFailure, EXIT, InputFailure } from './failure.ts'
import { readFirewall } from './firewall/read.ts'
import { onInterruption } from './interruption.ts'
import { type ChosenLab, checkZones, chooseLab } from './lab-choice.ts'
import { say, styleOf, summarized, warn } from './output.ts'
import type { HousedSides } from './provider/housed-sides.ts'
import type { SandboxFlags, Started } from './sandbox/start.ts'
import { ownCommand, quote } from './shell.ts'
import { readText, shown } from './text-file.ts'
import { findTool } from './tools.ts'
import { versions } from './versions.ts'

/** `started` is what a sandbox is to be started with where a firewall is somewhere, and that is opened first. */
export async function diffCommand(
  old: string,
  young: string | undefined,
  flags: DiffFlags,
  started: Started | SandboxFlags,
): Promise<number> {
  const times = { startedAt: new Date(), began: performance.now() }
  const sides = await sidesOf(old, young, flags)
  const delta = flags.expect === undefined ? undefined : await loadDelta(flags.expect)
  const lab = await chooseLab([sides.old, sides.new], flags)
  checkZones(lab.plan, [...(flags.from ?? []), ...(flags.to ?? [])])
  checkDeclared(lab.plan, delta)
  const asked = { old, young, flags, sides, delta, lab, ...times }
  if ('sandbox' in started) return diffIn(asked, { ...started, housings: {} })
  const { housedSides } = await import('./provider/housed-sides.ts')
  return housedSides(sides, lab.plan.zones, started, (opened) => diffIn(asked, opened))
}

interface Asked {
  readonly old: string
  readonly young: string | undefined
  readonly flags: DiffFlags
  readonly sides: { readonly old: Firewall; readonly new: Firewall }
  readonly delta: Delta | undefined
  readonly lab: ChosenLab
  readonly startedAt: Date
  readonly began: number
}

async function diffIn(
  { old, young, flags, sides, delta, lab, startedAt, began }: Asked,
  { sandbox, jobs, housings }: Pick<Started, 'sandbox' | 'jobs'> & { housings: HousedSides },
): Promise<number> {
  const known = versions()
  known.catch(() => {}) // awaited below, after whatever else may fail first
  const interruption = onInterruption()
  const stop = (): void => {
    void sandbox.close()
    for (const housing of Object.values(housings)) housing.interrupt()
  }
  interruption.signal.addEventListener('abort', stop)
  const found = await runDiff({
    ...sides,
    ...{ sandbox, jobs, delta, housings, plan: lab.plan, signal: interruption.signal },
    quick: flags.quick === true,
    isRewritten: flags.optimized === true || flags.translated === true,
    budget: flags.budget,
    from: flags.from,
    to: flags.to,
    families: flags.family,
    protocols: flags.protocol,
    ports: flags.ports,
    replay: replayOf(old, young, flags),
    onPlan: (plans) => announce(plans, flags),
  })
  interruption.done()
  const result: DiffResult = {
    format: 'nftproof-diff',
    version: 1,
    ...found,
    ...(flags.expect === undefined ? {} : { expected: shown(flags.expect) }),
    lab: labOf(lab),
    versions: await known,
    timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - began },
  }
  say(textOf(result, flags))
  const told = await summarized(async () => renderDiffMarkdown(result))
  return interruption.exitCode() ?? exitCodeOf(result, told)
}

async function sidesOf(
  old: string,
  young: string | undefined,
  flags: DiffFlags,
): Promise<{ old: Firewall; new: Firewall }> {
  const made = [flags.optimized, flags.translated, young !== undefined].filter(Boolean).length
  if (made !== 1)
    throw new InputFailure('name a second firewall, or one of --optimized and --translated')
  const first = await readFirewall(old)
  if (young !== undefined) return { old: first, new: await readFirewall(young) }
  const [make, how] = flags.optimized
    ? ([optimized, '--optimize'] as const)
    : ([translated, 'translated'] as const)
  return { old: first, new: { origin: `${first.origin} (${how})`, parts: first.parts.map(make) } }
}

function optimized(part: FirewallPart): FirewallPart {
  if (part.kind !== 'nft') throw new InputFailure(`${part.file}: --optimized is for nftables text`)
  return { ...part, optimized: true }
}

/** By iptables-restore-translate, which only reads. */
function translated(part: FirewallPart): FirewallPart {
  if (part.kind !== 'iptables' && part.kind !== 'ip6tables')
    throw new InputFailure(`${part.file}: --translated is for the output of iptables-save`)
  const program = `${part.kind}-restore-translate` as const
  const { status, stdout, stderr, error } = withFile(part.text, (file) =>
    spawnSync(findTool(program), ['-f', file], { encoding: 'utf8' }),
  )
  if (error) throw new EnvironmentFailure(`${program} could not be started: ${error.message}`)
  if (status !== 0) throw new InputFailure(`${program} refuses ${part.file}:\n${stderr.trim()}`)
  const file = `${part.file} (translated)`
  return { kind: 'nft', file, text: stdout, stretches: [{ from: 1, file, line: 1 }] }
}

/** The program reads no standard input. */
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

async function loadDelta(file: string): Promise<Delta> {
  const { readDelta } = await import('../src/diff/delta.ts')
  const reading = readDelta(readText(file, 'declared change'), shown(file))
  if (!reading.ok) throw new InputFailure(reading.problems.map(problemText).join('\n'))
  return reading.value
}

function checkDeclared(plan: LabPlan, delta: Delta | undefined): void {
  for (const { from = [], to = [], at } of delta ?? [])
    try {
      checkZones(plan, [...from, ...to])
    } catch (cause) {
      throw new InputFailure(`${at.file}:${at.line}: ${(cause as Error).message}`, { cause })
    }
}

/** Before the probes, so that whoever waits knows for how much. */
function announce(plans: readonly DiffPlan[], { json, markdown }: DiffFlags): void {
  if (json || markdown) return
  const combinations = plans.reduce((all, plan) => all + plan.combinations, 0n)
  const numbers = plans.reduce(
    (all, { tables }) => all + tables.reduce((sum, table) => sum + table.numbers.size, 0),
    0,
  )
  const sweeps = plans.reduce((all, { probed }) => all + probed, 0)
  const some = combinations === BigInt(sweeps) ? ': ' : ', of which '
  warn(
    `${combinations.toLocaleString('en-US')} ${combinations === 1n ? 'combination' : 'combinations'}${some}${counted(sweeps, 'sweep')} of ${counted(numbers, 'number')} through each firewall`,
  )
}

function labOf({ plan, told }: ChosenLab): DiffResult['lab'] {
  return {
    zones: plan.zones.map(({ name, link, addresses }) => ({
      name,
      link,
      addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    })),
    told,
  }
}

/** What made this comparison what it was, and the one number. */
function replayOf(old: string, young: string | undefined, flags: DiffFlags) {
  const base = [
    `${ownCommand()} diff`,
    quote(old),
    ...(young === undefined ? [] : [quote(young)]),
    ...(flags.optimized ? ['--optimized'] : []),
    ...(flags.translated ? ['--translated'] : []),
    ...(flags.lab === undefined ? [] : [`--lab ${quote(flags.lab)}`]),
    ...(flags.rootless ? ['--rootless'] : []),
  ].join(' ')
  return ({ from, to, family, protocol }: PlannedTable, number: number): string => {
    const ports = protocol === 'tcp' || protocol === 'udp' ? ` --ports ${number}` : ''
    return `${base} --from ${from} --to ${to} --family ipv${family} --protocol ${protocol}${ports}`
  }
}

function textOf(result: DiffResult, { json, markdown }: DiffFlags): string {
  if (json) return JSON.stringify(result, undefined, 1)
  return markdown
    ? renderDiffMarkdown(result).trimEnd()
    : renderDiff(result, styleOf(process.stdout))
}

function exitCodeOf({ status }: DiffResult, told: boolean): number {
  switch (status) {
    case 'same':
    case 'as-declared':
      return told ? EXIT.conforms : EXIT.notMeasured
    case 'different':
      return EXIT.mismatch
    case 'unknown':
      return EXIT.notMeasured
    default:
      throw new Error(`unknown status ${status satisfies never}`)
  }
}
