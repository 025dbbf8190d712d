/** One firewall of any kind in a lab of one family: eyes proved, firewall loaded, its facts known. */
import type { Firewall, Inspection } from '../../src/firewall/firewall.ts'
import { FIREWALL, type LabPlan, type LabZone } from '../../src/lab/lab.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import { locateRules, type RuleSources } from '../../src/nft/source-map.ts'
import type { ControlResult } from '../../src/result/result.ts'
import type { Walk } from '../../src/result/trace.ts'
import type { FaultInjection, LabSpec, PacketFields, PathSpec, SweepSpec } from '../contract/lab.ts'
import { refuseTooLarge } from '../input/ruleset-limits.ts'
import { ownOf } from '../kernel/addresses.ts'
import { hasOwnRules, inLab, openLab } from '../provider/open-lab.ts'
import type { Provider } from '../provider/provider.ts'
import type { Lab, Sandbox } from '../sandbox/sandbox.ts'
import { noteListing } from '../system/files-read.ts'
import { controlPaths, DROP_ALL } from './controls.ts'

export interface Session {
  readonly lab: Lab
  readonly firewall: Firewall
  readonly inspection: Inspection
  readonly places: RuleSources
  readonly controls: readonly ControlResult[]
}

/** A path of one family: from a zone or FIREWALL, to the other. */
export interface LabPath {
  readonly from: string
  readonly to: string
}

export interface OpenOptions {
  readonly plan: LabPlan
  readonly family: Family
  /** Paths and protocols whose eyes are proved first. */
  readonly paths: readonly LabPath[]
  readonly protocols: readonly Protocol[]
  /** In place of these: every path that is to be proved, with its protocol. */
  readonly controlled?: readonly PathSpec[]
  /** Bytes of the longest packet that will be sent. */
  readonly longest?: number
  readonly faults?: FaultInjection | undefined
  /** Also inspect what a script may set beside its rules. */
  readonly withState?: boolean | undefined
  /** Where the firewall is; absent: in namespaces of the labs' own. */
  readonly provider?: Provider | undefined
}

/** Room for Ethernet's header, and for the quotation of a packet in an error. */
const AROUND = 100

export async function openSession(
  sandbox: Pick<Sandbox, 'openLab'>,
  firewall: Firewall,
  { plan, family, paths, protocols, controlled, longest, faults, provider, withState }: OpenOptions,
): Promise<Session> {
  const spec: LabSpec = {
    ...plan,
    family,
    watchesFirewall: true,
    ...(longest === undefined ? {} : { longestFrame: longest + AROUND }),
  }
  const isThere = hasOwnRules(provider)
  // Rules that are there cannot be taken away to look: a lab of the same shape is looked through.
  const controlLab = await (isThere
    ? sandbox.openLab(spec, faults)
    : openLab(sandbox, provider, spec, faults))
  const ordinaryControls = paths.flatMap((path) =>
    protocols.map((protocol) => ({ ...ordinary(plan, family, path), protocol })),
  )
  const specs = controlled ?? ordinaryControls
  const isPlaced = provider !== undefined && !isThere
  const controls = await orClosed(controlLab, isPlaced, async () => {
    const open = await controlPaths(controlLab, specs, family, 'none')
    await controlLab.load(DROP_ALL)
    return [...open, ...(await controlPaths(controlLab, specs, family, 'drop-all'))]
  })
  if (isThere) await controlLab.close()
  const lab = isThere ? await openLab(sandbox, provider, spec, faults) : controlLab
  return orClosed(lab, provider !== undefined, async () => {
    await lab.install(firewall)
    return { lab, firewall, ...(await inspected(lab, firewall, { provider, withState })), controls }
  })
}

interface Inspected {
  readonly inspection: Inspection
  readonly places: RuleSources
}

const known = new WeakMap<Firewall, Promise<Inspected>>()

/**
 * What the kernel has of a text is the same in every new namespace, handles too:
 * the labs of both families share one listing, which takes half a minute for a
 * million elements. A script may do otherwise from lab to lab.
 */
function inspected(
  lab: Lab,
  firewall: Firewall,
  { provider, withState }: Pick<OpenOptions, 'provider' | 'withState'>,
): Promise<Inspected> {
  const isText = firewall.parts.every(({ kind }) => kind !== 'script')
  if (!isText || provider || withState) return inspect(lab, firewall, withState)
  const before = known.get(firewall)
  if (before) return before
  const own = inspect(lab, firewall)
  known.set(firewall, own)
  // A lab that ended while it was asked says nothing of the next one.
  own.catch(() => known.delete(firewall))
  return own
}

async function inspect(lab: Lab, firewall: Firewall, withState = false): Promise<Inspected> {
  const inspection = await lab.inspect(withState)
  refuseTooLarge(firewall.origin, inspection)
  if (firewall.target && firewall.parts.length === 0) noteRules(firewall.origin, inspection)
  return { inspection, places: locateRules(firewall, inspection.listing) }
}

/** The kernel numbers rules anew whenever they are loaded. */
const HANDLE = / # handle \d+$/gm

/** Rules that were there identify a firewall that is no file. */
export function noteRules(origin: string, { listing, legacy }: Inspection): void {
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

/** Every pair of zones, and each of them with the firewall, as far as both have addresses of the family. */
export function pathsOf({ zones, forwarding }: LabPlan, family: Family): LabPath[] {
  const names = zones.filter((zone) => hasFamily(zone, family)).map(({ name }) => name)
  return [
    ...(forwarding
      ? names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })))
      : []),
    ...names.map((from) => ({ from, to: FIREWALL })),
    ...names.map((to) => ({ from: FIREWALL, to })),
  ]
}

const hasFamily = ({ addresses, linkKind }: LabZone, family: Family): boolean =>
  linkKind !== 'none' && addresses.some((a) => a.family === family)

/** The path with the zones' own addresses; of the firewall's, the one on the other end's link. */
export function ordinary(
  plan: LabPlan,
  family: Family,
  { from, to }: LabPath,
): Pick<PathSpec, 'from' | 'to' | 'source' | 'target'> {
  return {
    from,
    to,
    source:
      from === FIREWALL ? ownAddress(zoneOf(plan, to), family) : host(zoneOf(plan, from), family),
    target:
      to === FIREWALL ? ownAddress(zoneOf(plan, from), family) : host(zoneOf(plan, to), family),
  }
}

export function zoneOf({ zones }: LabPlan, name: string): LabZone {
  const zone = zones.find((one) => one.name === name)
  if (!zone) throw new Error(`the lab has no zone ${JSON.stringify(name)}`)
  return zone
}

function host(zone: LabZone, family: Family): string {
  const address = zone.addresses.find((a) => a.family === family)
  if (!address) throw new Error(`zone ${zone.name} has no IPv${family} address`)
  return address.address
}

function ownAddress(zone: LabZone, family: Family): string {
  const own = ownOf(zone).find((a) => a.family === family)
  if (!own) throw new Error(`the firewall has no IPv${family} address at ${zone.name}`)
  return own.address
}

/** The kernel's walk of one probe of each number, with the places of the rules. */
export async function walks(
  { lab, places }: Session,
  path: PathSpec & PacketFields & Pick<SweepSpec, 'sourcePort' | 'inFlow'>,
  numbers: readonly number[],
): Promise<Walk[]> {
  const traces = await lab.trace({ ...path, numbers })
  return traces.map(({ probe, steps }) => ({
    probe,
    steps: steps.map((step) => {
      const at = places.get(`${step.family} ${step.table} ${step.handle}`)
      return at ? { ...step, at } : step
    }),
  }))
}
