/** Texts for expectations and outcomes, shared by all reports. */

import type { Protocol } from '../net/protocol.ts'
import { count, counted } from '../net/text.ts'
import type { Expectation } from '../policy/expectation.ts'
import { terminalSafe } from '../quote/terminal.ts'
import type { Answer, Attempt, Outcome } from '../result/outcome.ts'
import type { TableResult, Verdict } from '../result/result.ts'
import { outcomeWords } from '../result/words.ts'

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

/** The column heading for the numbers of a sweep. */
export function numbersHeading(protocol: Protocol): string {
  if (protocol === 'icmp') return 'types'
  return protocol === 'ip' ? 'protocols' : 'ports'
}

/**
 * `blocked` alone means dropped in silence. The text says so only if another kind of blocking was
 * seen.
 */
export function expectedWords({ verdict, ...rest }: Expectation, observed?: Outcome): string {
  if (verdict === 'open') return 'open'
  const by = 'by' in rest ? rest.by : 'drop'
  if (by === 'any') return 'blocked'
  if (by === 'drop') return observed?.kind === 'rejected' ? 'blocked (drop)' : 'blocked'
  return `blocked (${by === 'tcp-reset' ? 'reset' : by})`
}

/** The outcome in a few words, in capitals if it is wrong. */
export function observedWords(outcome: Outcome, verdict: Verdict): string {
  const words = outcomeWords(outcome)
  return verdict === 'conforms' ? words : words.replace(/^[\w-]+/, (word) => word.toUpperCase())
}

/** One attempt as both ends saw it. */
export function attemptWords({ target, sender, lossy }: Attempt): string {
  const seen = target === null ? 'nothing' : (target.changed ?? 'the probe')
  const got = sender === null ? 'nothing' : answerWords(sender)
  return `target saw ${seen}, sender got ${got}${lossy ? ' (the kernel lost frames during this attempt)' : ''}`
}

function answerWords(answer: Answer): string {
  switch (answer.kind) {
    case 'reply':
      return answer.from === undefined ? 'the answer' : `an answer from ${answer.from}`
    case 'reset':
      return `a reset from ${answer.from}`
    case 'icmp':
      return `ICMP ${answer.type}/${answer.code} from ${answer.from}`
    default:
      throw new Error(`unknown answer ${answer satisfies never}`)
  }
}

/** Text from a file as one line that is safe for a terminal. Line breaks become spaces. */
export function plain(text: string): string {
  return terminalSafe(text.replace(/\s+/g, ' '))
}

/** Reports fit into a terminal with this many columns. */
export const WIDTH = 80

/** Lines of at most 80 columns, broken at spaces. Lines after the first are indented further. */
export function wrap(text: string, indent = '   '): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    const longer = `${last} ${word}`
    if (last !== undefined && longer.length <= WIDTH) lines[lines.length - 1] = longer
    else lines.push(`${last === undefined ? indent : `${indent}  `}${word}`)
  }
  return lines.join('\n')
}

/** An equivalence class of projects, and how many of its ports were probed. */
export interface ClassWords {
  readonly words: string
  readonly isWrong: boolean
}

/** Each class with its representative and the number of probes on its other members. */
export function classWords(tables: readonly TableResult[]): ClassWords[] {
  const classes = Map.groupBy(
    tables.filter((table) => table.coverage && table.after === undefined),
    (table) => table.coverage!.class,
  )
  return [...classes].map(([number, own]) => {
    const { members, representative } = own[0]!.coverage!
    const others = own.filter((table) => table.coverage!.role === 'member')
    const isWrong = own.some((table) => table.rows.some((row) => row.verdict !== 'conforms'))
    const whole = `class ${number}: ${plain(representative)} in full`
    if (members === 1) return { words: whole, isWrong }
    const probed = others.reduce((n, table) => n + table.numbers, 0)
    const more = `${counted(members - 1, 'other')} on boundaries and granted ports (${count(probed)})`
    return { words: `${whole}, ${more}`, isWrong }
  })
}
