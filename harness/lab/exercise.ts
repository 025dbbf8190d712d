/**
 * Sends single probes and reports from the kernel's trace which rules each of their packets met,
 * answers included. Witnesses are conditions without a verdict before all rules of the hook: they
 * show that a packet satisfies a condition even if an earlier rule decided.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runsProgram, savedWords } from '../../src/nft/text/saved-words.ts'
import { existingInterface } from '../../src/quote/nft.ts'
import type {
  ExercisedPacket,
  ExerciseReport,
  ExerciseSpec,
  NftWitness,
  SavedWitness,
} from '../contract/lab.ts'
import { tablesIn } from '../firewall/legacy-tables.ts'
import { loadRuleset } from '../firewall/nft.ts'
import { close } from '../kernel/syscalls.ts'
import { findProgram } from '../system/find-program.ts'
import { type Finished, runProgramSync } from '../system/run-program-sync.ts'
import type { WireContext } from '../wire/context.ts'
import { sweep } from '../wire/sweep.ts'
import {
  type AtHead,
  type LegacyCounters,
  legacyCounters,
  movedBetween,
} from './legacy-counters.ts'
import {
  allPackets,
  drain,
  type Listed,
  listRules,
  openTrace,
  type Step,
} from './trace-messages.ts'

/** Tables and chains of the harness's own begin with `nftproof_`. */
const CHAIN = 'nftproof_asked'
const TRACER = 'nftproof_trace'
const LABEL = 'nftproof:'

export function exercise(context: WireContext, spec: ExerciseSpec): ExerciseReport {
  const { witnesses, probes } = spec
  // Everything that the sweeps load is loaded before the rules are listed.
  if (context.watchesFirewall) context.witness.get().ensure()
  const { ids, rules, socket, atHead } = context.firewall.run(() => {
    const placed = place(witnesses)
    const listed = listRules()
    loadRuleset(tracerFor(context))
    if (hasIngress(listed)) loadRuleset(ingressTracer(context))
    const more = { atHead: headsOf(placed), socket: openTrace() }
    return { ids: idsOf(placed, listed.rules), rules: listed, ...more }
  })
  try {
    return {
      unplaced: witnesses.map(({ id }) => id).filter((id) => !ids.placed.has(id)),
      probes: probes.map(({ sweep: one, times = 1 }) => {
        drain(socket)
        const counted = counting(context, atHead)
        const messages = Array.from({ length: times }, () => {
          sweep(context, one)
          return drain(socket)
        }).flat()
        const traced = allPackets(messages, rules).map((steps) => packetOf(steps, ids.byRule))
        return [...traced, ...counted()]
      }),
    }
  } finally {
    close(socket)
    context.firewall.run(() => remove(witnesses, hasIngress(rules)))
  }
}

/** All packets that come in by the lab's links, and packets of the firewall itself. */
function tracerFor(context: WireContext): string {
  return `table inet ${TRACER} {
  chain in {
    type filter hook prerouting priority -2147483648; policy accept;
    iifname { ${linksOf(context)} } meta nftrace set 1
  }
  chain out {
    type filter hook output priority -2147483648; policy accept;
    meta nftrace set 1
  }
}
`
}

/** Only if a ruleset has chains at this hook, because not every kernel supports it. */
const hasIngress = ({ hooks }: Listed): boolean => [...hooks.values()].includes('ingress')

function ingressTracer(context: WireContext): string {
  return `table netdev ${TRACER} {
  chain ingress {
    type filter hook ingress devices = { ${linksOf(context)} } priority -2147483648; policy accept;
    meta nftrace set 1
  }
}
`
}

const linksOf = ({ firewallLinks }: WireContext): string =>
  [...firewallLinks.values()].map(existingInterface).join(', ')

const isSaved = (witness: NftWitness | SavedWitness): witness is SavedWitness => 'text' in witness

interface Placed {
  readonly nft: readonly NftWitness[]
  /** In the order of their position at the heads of the chains. */
  readonly saved: ReadonlyMap<string, readonly SavedWitness[]>
}

function place(witnesses: ExerciseSpec['witnesses']): Placed {
  const nft = witnesses.filter((one): one is NftWitness => !isSaved(one))
  const loaded = loadJson(nft) ? nft : nft.filter((one) => loadJson([one]))
  const saved = new Map<string, SavedWitness[]>()
  for (const one of witnesses.filter(isSaved))
    if (iptables(one, ['-I', one.chain, '1', ...spacedWords(one.text)])) {
      const key = `${one.isLegacy ? 'legacy ' : ''}${one.family === 4 ? 'ip' : 'ip6'} ${one.table} ${one.chain}`
      saved.set(key, [one, ...(saved.get(key) ?? [])])
    }
  return { nft: loaded, saved }
}

const chainOf = ({ hook, priority }: NftWitness): string =>
  `${CHAIN}_${hook}_${priority < 0 ? `m${-priority}` : priority}`

/** In one transaction. False if nft refuses one of them. */
function loadJson(witnesses: readonly NftWitness[]): boolean {
  if (witnesses.length === 0) return true
  const chains = new Map(
    witnesses.map((one) => {
      const { family, table, hook, priority: prio } = one
      const chain = {
        family,
        table,
        name: chainOf(one),
        type: 'filter',
        hook,
        prio,
        policy: 'accept',
      }
      return [`${family} ${table} ${chain.name}`, { add: { chain } }] as const
    }),
  )
  const rules = witnesses.map((one) => ({
    add: {
      rule: {
        ...{ family: one.family, table: one.table, chain: chainOf(one) },
        comment: `${LABEL}${one.id}`,
        // A rule without conditions still needs a statement.
        expr: [...one.conditions, { counter: null }],
      },
    },
  }))
  return runJson([...chains.values(), ...rules])
}

const runJson = (commands: readonly object[]): boolean => runCommands(commands).status === 0

/** The output of nft. Empty if nft refuses a command. */
const nftJson = (commands: readonly object[]): string => {
  const { status, stdout } = runCommands(commands)
  return status === 0 && stdout !== '' ? stdout : '{"nftables":[]}'
}

// nft opens a JSON input file by name, and a socket cannot be opened by name.
function runCommands(commands: readonly object[]): Finished {
  const folder = mkdtempSync(join('/run', 'nftproof-'))
  try {
    const file = join(folder, 'witnesses.json')
    writeFileSync(file, JSON.stringify({ nftables: commands }))
    return runProgramSync(findProgram('nft'), ['-j', '-a', '-f', file])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const spacedWords = (text: string): string[] => savedWords(text).map((word) => word.text)

/** False if iptables refuses it, or if the text of a rule would make iptables run a program. */
function iptables({ family, table, isLegacy }: SavedWitness, args: readonly string[]): boolean {
  const program =
    `${family === 4 ? 'iptables' : 'ip6tables'}-${isLegacy ? 'legacy' : 'nft'}` as const
  if (args.some(runsProgram)) return false
  const { status } = runProgramSync(findProgram(program), ['-w', '-t', table, ...args])
  return status === 0
}

interface Ids {
  readonly placed: ReadonlySet<number>
  /** By family, table and handle. */
  readonly byRule: ReadonlyMap<string, number>
}

function idsOf({ nft, saved }: Placed, rules: ReadonlyMap<string, string>): Ids {
  const byRule = new Map<string, number>()
  const known = new Set(nft.map(({ id }) => id))
  for (const [rule, text] of rules) {
    const id = new RegExp(`comment "${LABEL}(\\d+)"$`).exec(text)?.[1]
    if (id !== undefined && known.has(Number(id))) byRule.set(rule, Number(id))
  }
  for (const [key, own] of saved) {
    if (key.startsWith('legacy ')) continue
    const [family, table, chain] = key.split(' ') as [string, string, string]
    const handles = handlesAtHead(family, table, chain)
    for (const [i, { id }] of own.entries())
      if (handles[i] !== undefined) byRule.set(`${family} ${table} ${handles[i]}`, id)
  }
  const old = [...saved].filter(([key]) => key.startsWith('legacy ')).flatMap(([, own]) => own)
  return { byRule, placed: new Set([...byRule.values(), ...old.map(({ id }) => id)]) }
}

/** Ids of witnesses at the heads of legacy chains, by table and chain. */
function headsOf({ saved }: Placed): AtHead {
  return new Map(
    [...saved]
      .filter(([key]) => key.startsWith('legacy '))
      .map(([key, own]) => [key.split(' ').slice(2).join(' '), own.map(({ id }) => id)]),
  )
}

/** For legacy tables, if there are any: the rules whose counters moved since the call. */
function counting(context: WireContext, atHead: AtHead): () => readonly ExercisedPacket[] {
  const { family } = context.wire
  const read = (): LegacyCounters | undefined =>
    context.firewall.run(() =>
      tablesIn(`/proc/thread-self/net/ip${family === 4 ? '' : '6'}_tables_names`).length > 0
        ? legacyCounters(family)
        : undefined,
    )
  const before = read()
  return () => {
    const after = before && read()
    return before && after ? [movedBetween(family, [before, after], atHead)] : []
  }
}

function handlesAtHead(family: string, table: string, chain: string): string[] {
  // As JSON: nft parses its arguments as nftables text, and chains of iptables may have any name.
  const { nftables } = JSON.parse(
    nftJson([{ list: { chain: { family, table, name: chain } } }]),
  ) as {
    readonly nftables: readonly { readonly rule?: { readonly handle: number } }[]
  }
  return nftables.flatMap(({ rule }) => (rule ? [`${rule.handle}`] : []))
}

function packetOf(steps: readonly Step[], byRule: Ids['byRule']): ExercisedPacket {
  const witnesses: number[] = []
  const walk: Omit<Step, 'isOwn'>[] = []
  for (const { isOwn, ...step } of steps) {
    const id = byRule.get(`${step.family} ${step.table} ${step.handle}`)
    if (id !== undefined) witnesses.push(id)
    else if (!isOwn) walk.push(step)
  }
  return { witnesses, steps: walk }
}

function remove(witnesses: ExerciseSpec['witnesses'], isAtIngress: boolean): void {
  loadRuleset(`delete table inet ${TRACER}\n`)
  if (isAtIngress) loadRuleset(`delete table netdev ${TRACER}\n`)
  const nft = witnesses.filter((one): one is NftWitness => !isSaved(one))
  const chains = new Map(
    nft.map((one) => [`${one.family} ${one.table} ${chainOf(one)}`, one] as const),
  )
  for (const one of chains.values()) {
    const { family, table } = one
    runJson([{ delete: { chain: { family, table, name: chainOf(one) } } }])
  }
  for (const one of witnesses.filter(isSaved))
    iptables(one, ['-D', one.chain, ...spacedWords(one.text)])
}
