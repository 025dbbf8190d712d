/**
 * Prepares a scenario about a given firewall: reads the firewall, chooses the lab, and checks that
 * the policy fits it.
 */

import type { Firewall } from '../../src/firewall/firewall.ts'
import { withEnvironment } from '../../src/firewall/kinds/environment.ts'
import { isCode } from '../../src/firewall/kinds/registry.ts'
import { targetName } from '../../src/firewall/target.ts'
import type { Problem } from '../../src/input/problem.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { Selection } from '../../src/plan/planned-sweep.ts'
import type { ZoneSubject } from '../../src/plan/zone-sweep.ts'
import type { Day } from '../../src/policy/grant.ts'
import type { Policy } from '../../src/policy/policy.ts'
import type { KnownFirewallScenario } from '../../src/scenario/firewall-read.ts'
import type { FirewallScenario } from '../../src/scenario/firewall-scenario.ts'
import { problemsOfFit, withHosts } from '../../src/scenario/lab-fit.ts'
import { labHintsOf, type ZoneLink } from '../../src/scenario/lab-hints.ts'
import { nearMisses, problemsOfLinks, remarksOfLinks } from '../../src/scenario/named-links.ts'
import { InputError } from '../system/errors.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import type { ChosenLab } from './chosen-lab.ts'
import { readFirewall } from './firewall.ts'
import { chooseLab } from './lab-choice.ts'
import type { Faulty, LoadedFirewallScenario } from './load.ts'
import type { Named } from './target-flags.ts'

export interface PreparedScenario extends LoadedFirewallScenario {
  readonly firewall: Firewall
  readonly lab: ChosenLab
}

/** The selection of sweeps. */
export function subjectOf(
  { policy, lab, scenario, grants }: PreparedScenario,
  { from, to, ports, families, protocols }: Selection,
): ZoneSubject {
  const selection = { from, to, ports, families, protocols }
  return { policy, grants, plan: lab.plan, sweeps: scenario.sweeps, selection }
}

export interface Otherwise {
  /** A firewall instead of the scenario's own. */
  readonly instead?: Firewall | undefined
  /** A target instead of the scenario's own. */
  readonly named?: Named | undefined
}

/** Throws InputError with all contradictions. */
export async function prepare(
  loaded: LoadedFirewallScenario,
  { instead, named }: Otherwise = {},
): Promise<PreparedScenario> {
  const { scenario, policy } = loaded
  const place = named ?? namedIn(loaded, instead)
  const isNeeded = place === undefined || place.isLoaded
  const given = isNeeded
    ? (instead ?? (await firewallOf({ ...scenario, at: loaded.at }, loaded.root)))
    : undefined
  const text = given && withEnvironment(given, scenario.environment?.variables)
  const firewall = place ? placed(text, place) : text!
  const wrong = [...unusedVariables(scenario, firewall), ...unnamedLinks(scenario, firewall)]
  const lab = await labOf(loaded, firewall).catch((error) => {
    if (wrong.length > 0) throw new FaultyFiles([...wrong, ...problemsOf(error)])
    throw error
  })
  const mistyped = mistypedLinks(scenario, firewall, lab)
  const problems = [...wrong, ...mistyped, ...problemsOfFit(policy, lab.plan)]
  if (problems.length > 0) throw new FaultyFiles(problems)
  const zones = lab.plan.zones.filter(({ name }) => policy.zones.includes(name))
  const remarks = isSeen(firewall) ? [] : remarksOfLinks(zones, firewall.parts)
  return { ...loaded, firewall, lab: { ...lab, remarks } }
}

const problemsOf = (error: unknown): readonly Problem[] => {
  if (error instanceof FaultyFiles) return error.problems
  throw error
}

/**
 * For a scenario with other errors: the errors of its firewall and interfaces. Throws InputError.
 */
export async function checkFaulty(
  known: Faulty,
  { instead, named }: Otherwise = {},
): Promise<void> {
  const isWanted = instead !== undefined || (known.firewall !== undefined && !named)
  if (!isWanted || known.lab?.kind !== 'named') return
  const problems = unnamedLinks(known, instead ?? (await firewallOf(known, known.root)))
  if (problems.length > 0) throw new FaultyFiles(problems)
}

/** A replacement firewall may be of another kind. */
function unusedVariables(
  { environment, firewall }: FirewallScenario,
  { parts, origin }: Firewall,
): readonly Problem[] {
  if (!environment || origin !== firewall || parts.some(isCode)) return []
  return [{ at: environment.at, message: 'environment needs a script: this firewall has none' }]
}

/**
 * Interfaces that the scenario names and no rule does. For an existing namespace, its own
 * interfaces show this.
 */
function unnamedLinks(
  { lab }: Pick<KnownFirewallScenario, 'lab'>,
  firewall: Firewall,
): readonly Problem[] {
  return lab?.kind === 'named' && !isSeen(firewall)
    ? problemsOfLinks(lab.links, firewall.parts)
    : []
}

const isSeen = ({ target }: Firewall): boolean => target?.kind === 'netns' || target?.kind === 'pid'

/** The same of a lab that is written out. */
function mistypedLinks(
  { lab: { kind, ...lab }, firewallAt }: FirewallScenario,
  firewall: Firewall,
  { plan }: ChosenLab,
): readonly Problem[] {
  if ((kind !== 'file' && kind !== 'given') || isSeen(firewall)) return []
  return nearMisses(plan.zones, firewall.parts, 'at' in lab ? lab.at : firewallAt)
}

/** The firewall of the scenario itself. */
function namedIn(
  { scenario: { container, firewall } }: LoadedFirewallScenario,
  instead: Firewall | undefined,
): Named | undefined {
  const isLoaded = instead !== undefined || firewall !== undefined
  return container && { target: { kind: 'container', container }, isLoaded }
}

/** The container of the scenario, or what replaces it. */
function placed(text: Firewall | undefined, { target }: Named): Firewall {
  return text ? { ...text, target } : { origin: targetName(target), parts: [], target }
}

async function firewallOf(
  {
    firewall,
    firewallAt,
    at,
  }: Pick<KnownFirewallScenario, 'firewall' | 'firewallAt'> & { readonly at?: Day },
  root: string,
): Promise<Firewall> {
  try {
    if (firewall === undefined)
      throw new InputError('the container has its own rules: leave out the ruleset')
    return await readFirewall(firewall, { root, at })
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause
    throw new FaultyFiles([{ at: firewallAt, message: `firewall ${cause.message}` }])
  }
}

async function labOf(
  { scenario: { lab }, policy, root }: LoadedFirewallScenario,
  firewall: Firewall,
): Promise<ChosenLab> {
  switch (lab.kind) {
    case 'file':
      return chooseLab([firewall], { lab: lab.file, labRoot: root })
    case 'given':
      return { plan: lab.plan, reasons: [] }
    case 'named':
      return inferred(firewall, policy, lab.links)
    case 'inferred':
      return inferred(firewall, policy, await linksIn(firewall, policy))
    default:
      throw new Error(`unknown lab ${JSON.stringify(lab satisfies never)}`)
  }
}

/** Zones with the name of one of the firewall's interfaces. */
async function linksIn(firewall: Firewall, { zones, zonesAt }: Policy): Promise<ZoneLink[]> {
  const { plan } = await chooseLab([firewall], {})
  const known = plan.zones.map(({ name }) => name)
  return zones.flatMap((zone, i) =>
    known.includes(zone) ? [{ zone, link: zone, at: zonesAt[i]! }] : [],
  )
}

/** The policy's knowledge of the interfaces counts like the firewall's text. */
async function inferred(
  firewall: Firewall,
  policy: Policy,
  links: readonly ZoneLink[],
): Promise<ChosenLab> {
  mustDiffer(links)
  const hints = labHintsOf(policy, links)
  const { plan, reasons } = await chooseLab(
    [{ ...firewall, parts: [...firewall.parts, hints] }],
    {},
  )
  const named = reasons.map((line) =>
    links.reduce(
      (text, { link, zone }) => text.replace(`→ zone ${link},`, `→ zone ${zone},`),
      line,
    ),
  )
  return { plan: withHosts(renamed(plan, links), policy), reasons: named }
}

function mustDiffer(links: readonly ZoneLink[]): void {
  const problems = links
    .filter(({ link }, i) => links.findIndex((one) => one.link === link) < i)
    .map(({ zone, link, at }) => ({
      at,
      message: `zone ${zone}: another zone already has interface ${JSON.stringify(link)}`,
    }))
  if (problems.length > 0) throw new FaultyFiles(problems)
}

/** Zones of the policy are behind their interfaces. Other zones keep their names. */
function renamed(plan: LabPlan, links: readonly ZoneLink[]): LabPlan {
  const taken = new Set(links.map(({ zone }) => zone))
  return {
    ...plan,
    zones: plan.zones.map((zone) => {
      const own = links.find(({ link }) => link === zone.link)
      if (own) return { ...zone, name: own.zone }
      return taken.has(zone.name) ? { ...zone, name: `${zone.name}-link` } : zone
    }),
  }
}
