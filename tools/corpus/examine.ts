/**
 * What becomes of one ruleset: loaded, compared with itself, and compared with
 * itself after each kind of change. What a change does is seen by single probes
 * of its own, sent without asking what the comparison plans.
 */

import { ownOf } from '../../harness/kernel/addresses.ts'
import { type DiffOptions, runDiff } from '../../harness/pipeline/diff.ts'
import { openSession, type Session } from '../../harness/pipeline/session.ts'
import { mustBeRootless, Sandbox } from '../../harness/sandbox/sandbox.ts'
import { EnvironmentError, InputError } from '../../harness/system/errors.ts'
import type { DiffFound } from '../../src/compare/diff-result.ts'
import type { Firewall } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import { FIREWALL, type LabPlan } from '../../src/lab/lab.ts'
import { type LabPath, ordinary, pathsOf } from '../../src/lab/paths.ts'
import type { Family } from '../../src/net/protocol.ts'
import type { RuleFacts } from '../../src/nft/facts.ts'
import { outcomeWords } from '../../src/result/words.ts'
import {
  type Change,
  changed,
  changesOf,
  familiesOf,
  isRowWithin,
  KINDS,
  type Kind,
  passes,
  type Ways,
} from './changes.ts'

export type Seen =
  /** Found, and nothing else. */
  | { readonly kind: 'exact' }
  /** The ruleset has no chain for it, or the rule changes nothing: single probes say the same. */
  | { readonly kind: 'none'; readonly why: string }
  /** Something else was found too, or something of it was not. */
  | { readonly kind: 'wrong'; readonly what: string }
  | { readonly kind: 'unknown'; readonly why: string }

export type Examined =
  | { readonly kind: 'not-loaded'; readonly code: 2 | 3; readonly why: string; readonly ms: number }
  | {
      readonly kind: 'examined'
      readonly rules: number
      readonly hooks: string
      readonly paths: number
      readonly probes: number
      readonly self: 'same' | 'different' | 'unknown'
      readonly unsteady: number
      readonly changes: Readonly<Record<string, Seen>>
      readonly ms: number
    }

export interface Limits {
  /** Probes through each of two firewalls, in the comparison with itself. */
  readonly budget: number
  /** Milliseconds that one comparison may take. */
  readonly patience: number
  readonly jobs: number
}

export async function examine(firewall: Firewall, limits: Limits): Promise<Examined> {
  const began = performance.now()
  const sandbox = new Sandbox({ rootless: mustBeRootless(), workers: 4 })
  const ms = (): number => Math.round(performance.now() - began)
  try {
    const { plan } = inferLab(firewall.parts)
    const facts = await factsIn(sandbox, firewall, plan)
    const compare = comparing({ sandbox, plan, firewall, limits })
    const whole = await compare(firewall, false)
    const isCut = whole.status === 'unknown' && !whole.interrupted
    const self = isCut ? await compare(firewall, true) : whole
    const changes: Record<string, Seen> = {}
    const context = { sandbox, firewall, plan, facts, compare }
    for (const kind of KINDS) changes[kind.name] = await seenOf(kind, context)
    return {
      kind: 'examined',
      rules: countRules(firewall),
      hooks: [...new Set(facts.bases.map(({ hook }) => hook))].join(', '),
      paths: self.coverage.paths,
      probes: self.coverage.probes,
      self: self.status === 'same' || self.status === 'different' ? self.status : 'unknown',
      unsteady: self.tables.reduce((sum, { unsteady }) => sum + unsteady.length, 0),
      changes,
      ms: ms(),
    }
  } catch (error) {
    const code = error instanceof EnvironmentError ? 3 : 2
    if (!(error instanceof EnvironmentError || error instanceof InputError)) throw error
    return { kind: 'not-loaded', code, why: reasonIn(error.message), ms: ms() }
  } finally {
    await sandbox.close()
  }
}

/** The first thing that nft has against it, and our own last word. */
function reasonIn(message: string): string {
  const lines = message.split('\n')
  const error = /Error: (.*)$/m.exec(message)?.[1] ?? lines[0]!
  const last = lines.at(-1)!
  return /^This kernel|^It needs|^The /.test(last) ? `${error}. ${last}` : error
}

const countRules = ({ parts }: Firewall): number =>
  parts.reduce(
    (sum, { text }) => sum + text.split('\n').filter((line) => /\S/.test(line)).length,
    0,
  )

async function factsIn(sandbox: Sandbox, firewall: Firewall, plan: LabPlan): Promise<RuleFacts> {
  const opened = await openSession(sandbox, { firewall }, { plan, family: 4, controls: [] })
  await opened.lab.close()
  return opened.rules!.facts
}

type Compare = (young: Firewall, quick: boolean) => Promise<DiffFound>

interface Context {
  readonly sandbox: Sandbox
  readonly firewall: Firewall
  readonly plan: LabPlan
  readonly facts: RuleFacts
  readonly compare: Compare
}

function comparing({
  sandbox,
  plan,
  firewall,
  limits,
}: Pick<Context, 'sandbox' | 'plan' | 'firewall'> & { readonly limits: Limits }): Compare {
  return (young, quick) => {
    const options: DiffOptions = {
      ...{
        sandbox,
        plan,
        quick,
        old: firewall,
        new: young,
        jobs: limits.jobs,
        // Edges of every path at least; a whole comparison of many paths is cut.
        budget: quick ? undefined : limits.budget,
      },
      ...{ delta: undefined, from: undefined, to: undefined, families: undefined },
      // What is asked here is whether changes are found.
      acceptsUntested: true,
      ...{ protocols: undefined, ports: undefined, replay: () => '', onPlan: () => {} },
      signal: AbortSignal.timeout(limits.patience),
    }
    return runDiff(options)
  }
}

// ── One kind of change ──────────────────────────────────────────────────────

async function seenOf(kind: Kind, context: Context): Promise<Seen> {
  const tried = changesOf(kind, context.facts)
  if (tried.length === 0) return { kind: 'none', why: 'no chain for it' }
  for (const change of tried) {
    const effects = await effectsOf(change, context)
    if (effects.length > 0) return judge(change, effects, context)
  }
  // Nothing may be found either.
  const found = await context.compare(changed(context.firewall, tried.at(-1)!), true)
  if (found.status === 'same') return { kind: 'none', why: 'the rules say so already' }
  if (found.status === 'unknown') return { kind: 'unknown', why: doubtIn(found) }
  return { kind: 'wrong', what: `single probes saw nothing, the comparison did: ${wordsOf(found)}` }
}

/** What a probe of the change shows before and after, where that differs. */
interface Effect extends LabPath {
  readonly family: Family
  readonly number: number
  readonly before: string
  readonly after: string
}

async function judge(
  change: Change,
  effects: readonly Effect[],
  { firewall, plan, facts, compare }: Context,
): Promise<Seen> {
  const found = await compare(changed(firewall, change), true)
  const rows = found.tables.flatMap((table) => table.changes.map((row) => ({ table, row })))
  const sure = rows.filter(({ row }) => row.kind !== 'unknown')
  const beyond = sure.filter(
    ({ table, row }) => !isRowWithin(change, waysOf(plan, facts), table, row),
  )
  const missed = effects.filter(
    ({ from, to, family, number }) =>
      !rows.some(
        ({ table, row }) =>
          isSamePath(table, { from, to }, found) &&
          table.family === family &&
          table.protocol === change.kind.protocol &&
          row.from <= number &&
          number <= row.to,
      ),
  )
  if (beyond.length > 0)
    return { kind: 'wrong', what: `${change.text.trim()}: beyond it ${wordsOf(found)}` }
  if (missed.length === 0) return { kind: 'exact' }
  if (found.interrupted) return { kind: 'unknown', why: 'it took too long' }
  if (isLeftOut(change, found)) return { kind: 'unknown', why: 'its packets were left out' }
  const [first] = missed as [Effect, ...Effect[]]
  const what = `${first.from} → ${first.to} IPv${first.family} ${first.number}: ${first.before} → ${first.after}`
  return { kind: 'wrong', what: `${change.text.trim()}: not found: ${what}` }
}

/** What the comparison itself says of the packets that the change is about. */
function isLeftOut({ kind: { fields } }: Change, { coverage, problems }: DiffFound): boolean {
  const names = Object.keys(fields)
  return (
    problems.length > 0 ||
    coverage.leftOut.some((text) => names.some((name) => new RegExp(`\\b${name}\\b`).test(text)))
  )
}

const waysOf = ({ zones }: LabPlan, { translations }: RuleFacts): Ways => ({
  own: new Set(zones.flatMap((zone) => ownOf(zone).map(({ address }) => address))),
  translates: translations.length > 0,
})

/** A path that was probed on boundaries only because another one stands for it is found by that one. */
function isSamePath({ from, to }: LabPath, path: LabPath, { coverage }: DiffFound): boolean {
  if (from === path.from && to === path.to) return true
  return coverage.alikePaths.includes(`${path.from} → ${path.to} like ${from} → ${to}`)
}

async function effectsOf(change: Change, { sandbox, firewall, plan }: Context): Promise<Effect[]> {
  const effects: Effect[] = []
  for (const family of familiesOf(change)) {
    const paths = pathsOf(plan, family).filter(({ from, to }) =>
      passes(change.chain.hook, from, to),
    )
    if (paths.length === 0) continue
    const open = { plan, family, controls: [] }
    const [old, young] = await Promise.all([
      openSession(sandbox, { firewall }, open),
      openSession(sandbox, { firewall: changed(firewall, change) }, open),
    ])
    for (const path of paths)
      effects.push(...(await differing({ plan, family, path }, change, [old, young])))
    await Promise.all([old.lab.close(), young.lab.close()])
  }
  return effects
}

async function differing(
  {
    plan,
    family,
    path,
  }: { readonly plan: LabPlan; readonly family: Family; readonly path: LabPath },
  change: Change,
  firewalls: readonly [old: Session, young: Session],
): Promise<Effect[]> {
  const { protocol, numbers, fields } = change.kind
  // The firewall sends from addresses of its own.
  if (fields.source !== undefined && path.from === FIREWALL) return []
  const few = numbers.flatMap(({ from, to }) => (from === to ? [from] : [47101, 22]))
  const spec = {
    ...ordinary(plan, family, path),
    ...fields,
    protocol,
    numbers: few.toSorted((a, b) => a - b).map((number) => ({ from: number, to: number })),
    answer: 'reply' as const,
  }
  const [before, after] = await Promise.all(
    firewalls.map(async (one) => {
      await one.reload()
      const { observed } = await one.lab.sweep(spec)
      return observed
    }),
  )
  return few.flatMap((number) => {
    const [was, is] = [before!, after!].map((observed) =>
      observed.find(({ from, to }) => from <= number && number <= to),
    )
    const [a, b] = [was, is].map((span) => (span ? outcomeWords(span.value.outcome) : '?'))
    const isTold = ![a, b].some((words) => /unsteady|inconclusive/.test(words!))
    return a !== b && isTold ? [{ ...path, family, number, before: a!, after: b! }] : []
  })
}

const doubtIn = ({ problems, interrupted }: DiffFound): string =>
  interrupted ? 'it took too long' : (problems[0] ?? 'something could not be told')

function wordsOf({ tables }: DiffFound): string {
  const all = tables.flatMap((table) =>
    table.changes.map(
      (row) =>
        `${table.from} → ${table.to} IPv${table.family} ${table.protocol} ${row.from}–${row.to} ${row.kind} (${table.combination})`,
    ),
  )
  return `${all.slice(0, 2).join('; ')}${all.length > 2 ? ` and ${all.length - 2} more` : ''}`
}
