/**
 * Which rules of legacy tables a probe met: those whose counters increased. In a namespace, the
 * kernel does not trace such rules.
 */
import type { Family } from '../../src/net/protocol.ts'
import type { TraceStep } from '../../src/result/trace.ts'
import { findProgram } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

interface LegacyChain {
  readonly table: string
  readonly name: string
  /** Of built-in chains. */
  readonly policy: string | undefined
  /** Packets that reached the end of a built-in chain. */
  readonly ended: number
  readonly rules: readonly { readonly text: string; readonly packets: number }[]
}

/** By table and chain, in the order in which a packet passes the tables. */
export type LegacyCounters = ReadonlyMap<string, LegacyChain>

const ORDER = ['raw', 'mangle', 'nat', 'filter', 'security']
const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']

/** In the namespace of the calling thread. */
export function legacyCounters(family: Family): LegacyCounters {
  const program = family === 4 ? 'iptables-legacy-save' : 'ip6tables-legacy-save'
  const { stdout } = runProgramSync(findProgram(program), ['-c'])
  const chains = new Map<string, LegacyChain & { rules: { text: string; packets: number }[] }>()
  let table = ''
  for (const line of stdout.split('\n')) {
    table = /^\*(\S+)/.exec(line)?.[1] ?? table
    const [, name, policy, ended] = /^:(\S+) (\S+) \[(\d+):/.exec(line) ?? []
    if (name !== undefined)
      chains.set(`${table} ${name}`, {
        ...{ table, name, ended: Number(ended), rules: [] },
        policy: policy === '-' ? undefined : policy!.toLowerCase(),
      })
    const [, packets, chain, rest] = /^\[(\d+):\d+\] -A (\S+) ?(.*)$/.exec(line) ?? []
    if (chain !== undefined)
      chains
        .get(`${table} ${chain}`)
        ?.rules.push({ text: `-A ${chain} ${rest}`, packets: Number(packets) })
  }
  return chains
}

/** The number of harness rules at the head of a chain. */
export type AtHead = ReadonlyMap<string, readonly number[]>

/** `atHead`: ids of the witnesses at the heads of chains, by table and chain, in order. */
export function movedBetween(
  family: Family,
  [before, after]: readonly [LegacyCounters, LegacyCounters],
  atHead: AtHead,
): { witnesses: number[]; steps: TraceStep[] } {
  const moved = new Moved(family, [before, after], atHead)
  for (const hook of HOOKS) for (const table of ORDER) moved.walk(`${table} ${hook}`, hook)
  return { witnesses: moved.witnesses, steps: moved.steps }
}

class Moved {
  readonly witnesses: number[] = []
  readonly steps: TraceStep[] = []
  readonly #family: string
  readonly #before: LegacyCounters
  readonly #after: LegacyCounters
  readonly #atHead: AtHead

  constructor(
    family: Family,
    [before, after]: readonly [LegacyCounters, LegacyCounters],
    atHead: AtHead,
  ) {
    this.#family = family === 4 ? 'legacy ip' : 'legacy ip6'
    this.#before = before
    this.#after = after
    this.#atHead = atHead
  }

  walk(key: string, hook: string, depth = 0): void {
    const [was, is] = [this.#before.get(key), this.#after.get(key)]
    if (!was || !is || depth > DEEPEST) return
    const own = this.#atHead.get(key) ?? []
    const at = { family: this.#family, hook: hook.toLowerCase(), table: is.table, chain: is.name }
    let isDecided = false
    for (const [i, { text, packets }] of is.rules.entries()) {
      if (packets === was.rules[i]?.packets) continue
      const id = own[i]
      if (id !== undefined) {
        this.witnesses.push(id)
        continue
      }
      const verdict = verdictOf(text)
      isDecided ||= /^(?:accept|drop|reject|goto)$/.test(verdict)
      this.steps.push({ ...at, rule: text, handle: i + 1 - own.length, verdict })
      const target = /-[jg] (\S+)/.exec(text)?.[1]
      if (target !== undefined) this.walk(`${is.table} ${target}`, hook, depth + 1)
    }
    if (is.policy !== undefined && is.ended > was.ended)
      this.steps.push({ ...at, verdict: `policy ${is.policy}` })
    // A user-defined chain without a decision was left at its end.
    if (is.policy === undefined && !isDecided) this.steps.push({ ...at, verdict: 'return' })
  }
}

const DEEPEST = 16

function verdictOf(text: string): string {
  const [, how, target = ''] = /-([jg]) (\S+)/.exec(text) ?? []
  if (how === 'g') return 'goto'
  return ['ACCEPT', 'DROP', 'REJECT'].includes(target) ? target.toLowerCase() : 'continue'
}
