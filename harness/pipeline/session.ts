/**
 * One firewall of any kind in a lab of one family: runs the controls, loads the firewall, and reads
 * its facts.
 */
import { factsOf } from '../../src/analysis/extract.ts'
import type { Control, Rules, Side } from '../../src/compare/experiment.ts'
import type { Firewall, Inspection } from '../../src/firewall/firewall.ts'
import { hasCode } from '../../src/firewall/kinds/registry.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { Family } from '../../src/net/protocol.ts'
import { locateRules, type RuleSources } from '../../src/nft/source-map.ts'
import type { ControlResult } from '../../src/result/result.ts'
import type { FaultInjection, LabSpec } from '../contract/lab.ts'
import { refuseTooLarge } from '../input/ruleset-limits.ts'
import { hasOwnRules, inLab, openLab } from '../provider/open-lab.ts'
import type { Provider } from '../provider/provider.ts'
import type { Lab, Sandbox } from '../sandbox/sandbox.ts'
import { noteListing } from '../system/files-read.ts'
import { runControls } from './controls.ts'

export interface Session {
  readonly lab: Lab
  readonly firewall: Firewall
  readonly controls: readonly ControlResult[]
  /** Absent if the ruleset is compiled. */
  readonly rules?: Rules
  readonly places: RuleSources
  /** Loads the firewall again, so its state is reset. */
  reload(): Promise<void>
}

/** The firewall's own, or what was listed of rules that were there. */
export const textOf = ({ firewall, rules }: Session): string =>
  firewall.parts.map(({ text }) => text).join('') || (rules?.inspection.listing ?? '')

/** A session with an inspected firewall. */
export interface Inspected extends Session {
  readonly rules: Rules
}

/** Two firewalls that are compared. */
export interface Sides {
  readonly old: Inspected
  readonly new: Inspected
}

/** Of an experiment with two sides, of which none is compiled. */
export function sidesOf(sessions: readonly Session[]): Sides {
  const [old, young] = sessions as readonly [Inspected, Inspected]
  return { old, new: young }
}

export interface OpenOptions {
  readonly plan: LabPlan
  readonly family: Family
  readonly controls: readonly Control[]
  readonly faults?: FaultInjection | undefined
  /** Also inspect settings of a script other than its rules. */
  readonly withState?: boolean | undefined
  /** The provider of the firewall; absent: the labs' own namespaces. */
  readonly provider?: Provider | undefined
}

/** Bytes of the longest packet that a rule can match: the MTU of the lab's links. */
const LONGEST = 1500
/** Room for Ethernet's header, and for the quotation of a packet in an error. */
const AROUND = 100

/** All conditions of compiled rules come from the policy. */
const specOf = ({ isCompiled }: Side, { plan, family }: OpenOptions): LabSpec => ({
  ...plan,
  family,
  ...(isCompiled ? {} : { watchesFirewall: true, longestFrame: LONGEST + AROUND }),
})

export async function openSession(
  sandbox: Pick<Sandbox, 'openLab'>,
  side: Side,
  options: OpenOptions,
): Promise<Session> {
  const { faults, provider } = options
  const spec = specOf(side, options)
  const isThere = hasOwnRules(provider)
  // Rules that are there cannot be unloaded: the controls run in a lab of the same shape.
  const controlLab = await openLab(sandbox, isThere ? undefined : provider, spec, faults)
  const controls = await orClosed(controlLab, provider !== undefined && !isThere, () =>
    runControls(controlLab, options.controls),
  )
  if (isThere) await controlLab.close()
  const lab = isThere ? await openLab(sandbox, provider, spec, faults) : controlLab
  return orClosed(lab, provider !== undefined, () =>
    loaded(lab, side, { ...options, ran: controls }),
  )
}

async function loaded(
  lab: Lab,
  side: Side,
  { provider, withState, ran }: OpenOptions & { readonly ran: readonly ControlResult[] },
): Promise<Session> {
  const { firewall } = side
  const reload = (): Promise<void> => lab.install(firewall)
  const base = { lab, firewall, controls: ran, places: NOWHERE, reload }
  await reload()
  return side.isCompiled
    ? base
    : { ...base, ...(await inspected(lab, firewall, { provider, withState })) }
}

const NOWHERE: RuleSources = new Map()

interface Known {
  readonly rules: Rules
  readonly places: RuleSources
}

const known = new WeakMap<Firewall, Promise<Known>>()

/**
 * What the kernel has of a text is the same in every new namespace, handles too:
 * the labs of both families share one listing, which takes half a minute for a
 * million elements. A script may do otherwise from lab to lab.
 */
function inspected(
  lab: Lab,
  firewall: Firewall,
  { provider, withState }: Pick<OpenOptions, 'provider' | 'withState'>,
): Promise<Known> {
  if (hasCode(firewall) || provider || withState) return inspect(lab, firewall, withState)
  const before = known.get(firewall)
  if (before) return before
  const own = inspect(lab, firewall)
  known.set(firewall, own)
  // A lab that ended while it was asked says nothing of the next one.
  own.catch(() => known.delete(firewall))
  return own
}

async function inspect(lab: Lab, firewall: Firewall, withState = false): Promise<Known> {
  const inspection = await lab.inspect(withState)
  refuseTooLarge(firewall.origin, inspection)
  if (firewall.parts.length === 0) noteRules(firewall.origin, inspection)
  const rules = { inspection, facts: factsOf(inspection) }
  return { rules, places: locateRules(firewall, inspection.listing) }
}

/** The kernel numbers rules anew whenever they are loaded. */
const HANDLE = / # handle \d+$/gm

/** Rules that were there identify a firewall that is no file. */
function noteRules(origin: string, { listing, legacy }: Inspection): void {
  const rules = listing.replaceAll(HANDLE, '')
  noteListing(origin, [rules, legacy[4] ?? '', legacy[6] ?? ''])
}

/** A lab in which something fails is closed, so that another one finds room. */
async function orClosed<T>(lab: Lab, isAwaited: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    return inLab(lab, isAwaited, () => Promise.reject(error))
  }
}
