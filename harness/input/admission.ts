/**
 * The check of `--data-only`, before a command starts anything: code in its arguments or in its
 * scenarios is refused. Other errors are left to the command itself.
 */

import type { RunIn } from '../../src/firewall/run-in.ts'
import type { ContainerSpec } from '../../src/firewall/target.ts'
import type { SourcePosition } from '../../src/input/position.ts'
import type { Problem } from '../../src/input/problem.ts'
import type { Day } from '../../src/policy/grant.ts'
import { type Beyond, beyondData } from '../../src/target/beyond-data.ts'
import { isDataOnly, mustBeData, mustStayHere, NotData } from '../system/data-only.ts'
import { InputError } from '../system/errors.ts'
import { Faults, FaultyFiles } from '../system/faulty-files.ts'
import { readFirewall } from './firewall.ts'
import { readScenarios } from './load.ts'
import { beyondTarget, filesOfTarget, targetsOf } from './matrix-target.ts'
import { type FolderFlags, scenariosFolder } from './scenarios-folder.ts'
import { separated, type TargetFlags, targetIn } from './target-flags.ts'

export interface RunAdmission extends TargetFlags, FolderFlags {
  readonly at?: Day
  readonly runIn?: RunIn
}

/** With --data-only, throws InputError that lists everything in a run that is more than data. */
export async function admitRun(ids: readonly string[], flags: RunAdmission): Promise<void> {
  if (!isDataOnly()) return
  const gate = new Gate()
  await gateRun(gate, ids, flags)
  gate.finish()
}

/** The same for firewalls on a command line. */
export async function admitFirewalls(names: readonly (string | undefined)[]): Promise<void> {
  if (!isDataOnly()) return
  const gate = new Gate()
  for (const name of names) if (name !== undefined) await gate.ask(() => readFirewall(name))
  gate.finish()
}

/** The same for a matrix: for its targets, and for the scenarios that it runs. */
export async function admitMatrix(
  places: readonly string[],
  ids: readonly string[],
  flags: RunAdmission,
): Promise<void> {
  if (!isDataOnly()) return
  const gate = new Gate()
  await gate.ask(async () => {
    for (const target of targetsOf(places)) {
      await gate.ask(() => refuse(beyondTarget(target)))
      for (const file of filesOfTarget(target)) await gate.ask(() => readFirewall(file))
    }
  })
  await gateRun(gate, ids, flags)
  gate.finish()
}

async function gateRun(gate: Gate, ids: readonly string[], flags: RunAdmission): Promise<void> {
  const { runIn } = flags
  if (runIn) await gate.ask(() => mustStayHere(runIn.kind, `--run-in ${runIn.text}`))
  await gate.ask(async () => {
    const { ruleset, ...place } = separated(flags)
    await gate.ask(() => {
      const target = targetIn(place)
      if (target) mustBeData({ parts: [], target })
    })
    if (ruleset !== undefined) await gate.ask(() => readFirewall(ruleset))
  })
  await gate.ask(() => gateScenarios(gate, ids, flags))
}

async function gateScenarios(
  gate: Gate,
  ids: readonly string[],
  flags: RunAdmission,
): Promise<void> {
  const { loaded, faulty } = readScenarios(scenariosFolder(flags), ids, flags.at)
  for (const { scenario } of loaded) {
    const { container } = scenario
    const at = 'firewallAt' in scenario ? scenario.firewallAt : scenario.containerAt
    if (container && at) gate.addAt(at, inContainer(container))
    if ('firewallAt' in scenario) await gateFirewall(gate, scenario)
  }
  for (const known of faulty) await gateFirewall(gate, known)
}

const inContainer = (container: ContainerSpec): Beyond[] =>
  beyondData({ parts: [], target: { kind: 'container', container } })

async function gateFirewall(
  gate: Gate,
  {
    firewall,
    firewallAt,
  }: { readonly firewall?: string | undefined; readonly firewallAt: SourcePosition },
): Promise<void> {
  if (firewall !== undefined) await gate.ask(() => readFirewall(firewall), firewallAt)
}

class Gate {
  readonly #faults = new Faults()

  addAt(at: SourcePosition, found: readonly Beyond[]): void {
    this.#faults.add(problemsAt(at, new NotData(found)))
  }

  /** Only refusals count here. The command itself reports all other errors. */
  async ask(task: () => unknown, at?: SourcePosition): Promise<void> {
    try {
      await task()
    } catch (error) {
      if (error instanceof NotData)
        this.#faults.attempt(() => {
          throw at ? new FaultyFiles(problemsAt(at, error)) : error
        })
      else if (!(error instanceof InputError)) throw error
    }
  }

  finish(): void {
    this.#faults.finish()
  }
}

function refuse(found: readonly Beyond[]): void {
  if (found.length > 0) throw new NotData(found)
}

const problemsAt = (at: SourcePosition, { message }: NotData): Problem[] =>
  message
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ at, message: `firewall ${line}` }))
