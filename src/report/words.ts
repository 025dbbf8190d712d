/** The words in which reports speak of expectations and outcomes. */

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

/** Heading of the numbers of a sweep. */
export function numbersHeading(protocol: Protocol): string {
  if (protocol === 'icmp') return 'types'
  return protocol === 'ip' ? 'protocols' : 'ports'
}

/** `blocked` is by silence, which is said where something else was seen to block. */
export function expectedWords({ verdict, ...rest }: Expectation, observed?: Outcome): string {
  if (verdict === 'open') return 'open'
  const by = 'by' in rest ? rest.by : 'drop'
  if (by === 'any') return 'blocked'
  if (by === 'drop') return observed?.kind === 'rejected' ? 'blocked (drop)' : 'blocked'
  return `blocked (${by === 'tcp-reset' ? 'reset' : by})`
}

/** One or a few words; loud where it is wrong. */
export function observedWords(outcome: Outcome, verdict: Verdict): string {
  const words = outcomeWords(outcome)
  return verdict === 'conforms' ? words : words.replace(/^[\w-]+/, (word) => word.toUpperCase())
}

/** Both ends' view of one attempt. */
export function attemptWords({ target, sender, lossy }: Attempt): string {
  const seen = target === null ? 'nothing' : (target.changed ?? 'the probe')
  const got = sender === null ? 'nothing' : answerWords(sender)
  return `target saw ${seen}, sender got ${got}${lossy ? ' (the kernel lost frames meanwhile)' : ''}`
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

/** Text from a file in one line, safe for a terminal. Line breaks become spaces. */
export function plain(text: string): string {
  return terminalSafe(text.replace(/\s+/g, ' '))
}

/** Columns of a terminal that reports keep to. */
export const WIDTH = 80

/** Lines of at most 80 columns, broken at spaces; all but the first are indented further. */
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

/** A class of projects, and how much of its members was probed. */
export interface ClassWords {
  readonly words: string
  readonly isWrong: boolean
}

/** Which project stands for which others, and what was probed of these. */
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
