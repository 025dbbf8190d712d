/** Two loaded firewalls in labs of one family → the sweeps that compare them, within a budget of probes. */

import { type Selection, withinBudget } from '../analysis/budget.ts'
import { type Combination, combinationsOf, FIELDS } from '../analysis/combinations.ts'
import { boundaryNumbers, linkClasses } from '../analysis/equivalence-classes.ts'
import type { VariedField } from '../analysis/field-values.ts'
import { isUsed } from '../analysis/path-hooks.ts'
import { MOST_REPETITIONS, repetitionsOf } from '../analysis/repetitions.ts'
import { askedByOne, slowness, thinned } from '../analysis/thinning.ts'
import { FIREWALL, type LabPlan } from '../lab/lab.ts'
import type { LabPath } from '../lab/paths.ts'
import { PortSet } from '../net/port-set.ts'
import { type Family, hasPorts, PROTOCOLS, type Protocol, protocolName } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { Field, RuleFacts } from '../nft/facts.ts'
import { type Detail, ICMP_ERRORS } from '../result/diff.ts'
import { type Sweep, settingsOf, sweptNumbers } from './sweep.ts'

/** A sweep that is made through two firewalls. */
export interface DiffSweep extends Sweep {
  readonly combination: string
  readonly ordinary: boolean
  readonly detail: Detail
  /**
   * Often enough to trigger limits: for ports at which only one firewall seemed to depend on
   * earlier packets.
   */
  readonly thoroughRepeats: number
  /** Sets of fields whose combinations the budget cut, of this path and protocol. */
  readonly cut?: readonly (readonly Field[])[]
  /** Whether rules choose a translation at random, or by their own key. */
  readonly scatters: boolean
}

export interface PlanOptions {
  readonly plan: LabPlan
  readonly family: Family
  readonly paths: readonly LabPath[]
  readonly protocols: readonly Protocol[] | undefined
  readonly ports: PortSet | undefined
  readonly quick: boolean
  /** Numbers, if each is probed once. Absent: the ordinary packets of every path, and a million more. */
  readonly budget: number | undefined
  /** Of both firewalls. */
  readonly facts: readonly RuleFacts[]
  /** Whether one of their rules matches errors about established flows (`related`). */
  readonly speaksOfErrors: boolean
  /** Numbers that are probed whatever their class. */
  readonly also: (protocol: Protocol) => PortSet
}

export interface DiffPlan {
  readonly sweeps: readonly DiffSweep[]
  readonly combinations: bigint
  readonly probed: number
  readonly classes: number
  readonly unusedPaths: readonly string[]
  /** Paths that another path represents: `inside → firewall like outside → firewall`. */
  readonly alikePaths: readonly string[]
  readonly leftOut: readonly string[]
  /**
   * Paths and protocols that are not probed, because the budget was spent before. Their outcomes
   * are unknown.
   */
  readonly untouched: readonly string[]
}

/** A number of probes of one family that takes a few seconds. */
const EXTRA = 500_000
/**
 * The number of probes that takes as long as loading both firewalls again and repeating the
 * classes, for stateful rules.
 */
const AFRESH = 4000

/** One path and protocol, with all its combinations. */
interface Sweepable {
  readonly path: LabPath
  readonly protocol: Protocol
  readonly isUsed: boolean
  readonly classes: RangeMap<number>
  readonly numbers: Readonly<Record<Detail, PortSet>>
  /** The number of edges of classes that are left out, because there are too many rules. */
  readonly thinned: number
  readonly combinations: ReturnType<typeof combinationsOf>
}

export function planDiff(options: PlanOptions): DiffPlan {
  const alike = alikePaths(options)
  const slow = slowness(options.facts)
  const sweepables = options.paths.flatMap((path) =>
    protocolsOf(options).map((protocol) =>
      sweepable(options, path, { protocol, isFirst: !alike.has(path), slow }),
    ),
  )
  // What was asked for by a number is what there is time for.
  const isUnderstood = options.budget === undefined && options.facts.every(understood)
  const plans = sweepables.map(({ combinations, numbers, isUsed, protocol }) => {
    const more = remembers(options, protocol) ? AFRESH : 0
    return {
      combinations,
      all: (isUsed ? numbers.all.size : numbers.boundaries.size) + more,
      boundaries: numbers.boundaries.size + more,
      isUnderstood,
    }
  })
  const ordinary = plans.reduce((sum, { all }) => sum + all, 0)
  const selection = withinBudget(plans, options.budget ?? ordinary + Math.floor(EXTRA / slow))
  const tables = sweepables.flatMap((one, i) => {
    const cut = [...selection.left[i]!.keys()].map(fieldsNamed)
    return selection.kept[i]!.map(({ combination, detail }) => ({
      ...tableOf(options, one, combination, one.isUsed && !options.quick ? detail : 'boundaries'),
      ...(cut.length > 0 && { cut }),
    }))
  })
  const errors = options.speaksOfErrors
    ? sweepables.flatMap((one) => errorTables(options, one))
    : []
  const all = [...tables, ...errors]
  return {
    sweeps: all.filter(({ numbers }) => !numbers.isEmpty),
    combinations: sweepables.reduce(
      (sum, { combinations }) => sum + combinations.total,
      BigInt(errors.length),
    ),
    probed: all.length,
    classes: sweepables.reduce(
      (sum, { classes }) => sum + new Set(classes.map(({ value }) => value)).size,
      0,
    ),
    unusedPaths: options.quick
      ? []
      : options.paths.filter((path) => !isUsed(options.facts, options.family, path)).map(nameOf),
    alikePaths: options.quick
      ? []
      : [...alike].map(([path, first]) => `${nameOf(path)} like ${nameOf(first)}`),
    leftOut: [...leftOut(sweepables, selection, options.family), ...notUsedUp(options.facts)],
    untouched: sweepables.flatMap(({ path, protocol, numbers }, i) =>
      selection.kept[i]!.length === 0 && !numbers.all.isEmpty
        ? [`${nameOf(path)} ${protocolName(protocol, options.family)}`]
        : [],
    ),
  }
}

const fieldsNamed = (names: string): Field[] =>
  names.split(', ').flatMap((name) => FIELDS[name as VariedField] ?? [])

/** What rules remember, and what they translate address by address, may differ where no rule compares. */
const understood = ({ opaque, statefulRules, translations }: RuleFacts): boolean =>
  opaque.length + statefulRules.length + translations.length === 0

const remembers = ({ facts, family }: PlanOptions, protocol: Protocol): boolean =>
  repetitionsOf(facts, { protocol, family, level: 'one field' }) > 0

const nameOf = ({ from, to }: LabPath): string => `${from} → ${to}`

function protocolsOf({ protocols, ports }: PlanOptions): readonly Protocol[] {
  if (protocols) return protocols
  return ports ? ['tcp', 'udp'] : PROTOCOLS
}

function sweepable(
  options: PlanOptions,
  path: LabPath,
  { protocol, isFirst, slow }: { protocol: Protocol; isFirst: boolean; slow: number },
): Sweepable {
  const { facts, family, plan, ports, quick, also } = options
  const { classes } = settingsOf(facts, { family, protocol })
  const selected = sweptNumbers(protocol, family).intersect(ports ?? PortSet.all)
  const edges = boundaryNumbers(classes).intersect(selected)
  // What was asked for by a number is what there is time for.
  const kept =
    options.budget === undefined
      ? thinned(edges, { slow, always: () => askedByOne(facts, { family, protocol }) })
      : edges
  const boundaries = kept.union(also(protocol).intersect(selected))
  const all = quick ? boundaries : selected
  return {
    path,
    protocol,
    isUsed: isFirst && isUsed(facts, family, path),
    classes,
    numbers: { all, boundaries },
    thinned: edges.size - kept.size,
    combinations: combinationsOf({ facts, zones: plan.zones, path, family, protocol }),
  }
}

/**
 * Paths that the rulesets cannot tell from an earlier one: their links are of
 * the same classes, and no rule asks for addresses.
 */
function alikePaths({ plan, paths, facts, family }: PlanOptions): Map<LabPath, LabPath> {
  const asksAddresses = facts.some(
    ({ comparisons, translations, opaque }) =>
      [...comparisons.map(({ field }) => field), ...translations.map(() => 'source')].some(
        (field) => field === 'source' || field === 'destination',
      ) || opaque.some(({ what }) => ADDRESSES.test(what)),
  )
  const alike = new Map<LabPath, LabPath>()
  if (asksAddresses) return alike
  const classes = linkClasses(
    facts,
    plan.zones.map(({ link }) => link),
  )
  const classOf = (name: string): number => {
    const link = plan.zones.find((zone) => zone.name === name)?.link
    return link === undefined ? -1 : classes.findIndex((own) => own.includes(link))
  }
  const first = new Map<string, LabPath>()
  for (const path of paths.filter((one) => isUsed(facts, family, one))) {
    const key = `${classOf(path.from)} ${classOf(path.to)}`
    const before = first.get(key)
    if (before) alike.set(path, before)
    else first.set(key, path)
  }
  return alike
}

/** Comparisons that were not understood, and that an address may be part of. */
const ADDRESSES = /addr|fib|rt|socket|payload|@nh|set|xt/

function tableOf(
  { facts, family }: PlanOptions,
  { path, protocol, classes, numbers }: Sweepable,
  { label, level, packet }: Combination,
  detail: Detail,
): DiffSweep {
  return {
    ...path,
    family,
    protocol,
    combination: label,
    ordinary: level === 'ordinary',
    packet,
    answer: 'reply',
    detail,
    numbers: numbers[detail],
    classes,
    repetitions: repetitionsOf(facts, { protocol, family, level }),
    thoroughRepeats: settingsOf(facts, { protocol, family }).repetitions,
    scatters: facts.some(scatters),
  }
}

/** Whether errors about an ordinary flow come back: between zones, at the edges of classes. */
function errorTables(options: PlanOptions, one: Sweepable): DiffSweep[] {
  const { path, protocol, isUsed: isOn } = one
  const isForwarded = path.from !== FIREWALL && path.to !== FIREWALL
  if (!isForwarded || !isOn || !hasPorts(protocol)) return []
  for (const combination of one.combinations) {
    const table = tableOf(options, one, combination, 'boundaries')
    return [{ ...table, answer: 'icmp-error', combination: ICMP_ERRORS, ordinary: false }]
  }
  return []
}

/** A hash has a seed of its own each time that the rule is loaded. */
function scatters({ statefulRules, opaque, translations }: RuleFacts): boolean {
  return (
    statefulRules.some(({ kind }) => kind === 'turns' || kind === 'random') ||
    opaque.some(({ what }) => /hash/.test(what)) ||
    translations.some(({ where }) => /\b(?:[js]hash|symhash|numgen|random)\b/.test(where.text))
  )
}

/** Rules whose memory no probes here exhaust. */
function notUsedUp(facts: readonly RuleFacts[]): string[] {
  return facts
    .flatMap(({ statefulRules }) => statefulRules)
    .filter(({ burst }) => burst === null || burst >= MOST_REPETITIONS.ported)
    .map(
      ({ where }) =>
        `the outcome after the limit of this rule triggers: ${where.chain}: ${where.text}`,
    )
}

const edgesLeft = (count: number): string =>
  `${count} edges of classes that are equal in both firewalls, because a packet takes long through so many rules (--budget N probes more)`

/** What is left out, and of how many sweeps. */
function leftOut(sweepables: readonly Sweepable[], { left }: Selection, family: Family): string[] {
  const cut = sweepables.flatMap(({ path, protocol, combinations, thinned }, i) => [
    ...(thinned > 0 ? [[edgesLeft(thinned), path, protocol] as const] : []),
    ...[...left[i]!].map(
      ([fields, count]) =>
        [`${count} combinations of ${fields}, because of the budget`, path, protocol] as const,
    ),
    ...combinations.omitted.map((what) => [what, path, protocol] as const),
  ])
  return [...Map.groupBy(cut, ([what]) => what)].map(([what, own]) => {
    const [[, path, protocol]] = own as [(typeof own)[number]]
    const more = own.length === 1 ? '' : `, and of ${own.length - 1} more paths and protocols`
    return `${what} of ${nameOf(path)} ${protocolName(protocol, family)}${more}`
  })
}
