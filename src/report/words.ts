/** The words in which reports speak of expectations and outcomes. */

import type { Range } from '../net/port-set.ts'
import { familyName, type Protocol, protocolName } from '../net/protocol.ts'
import type { Expectation } from '../policy/expectation.ts'
import { terminalSafe } from '../quote/terminal.ts'
import type { Answer, Attempt, Outcome } from '../result/outcome.ts'
import type { Standing, Subject, TableResult } from '../result/result.ts'

/** `0–21`, or `22` where both ends are the same. */
export function rangeWords({ from, to }: Range): string {
  return from === to ? `${from}` : `${from}–${to}`
}

export function count(n: number): string {
  return n.toLocaleString('en-US')
}

/** `1 port`, `2,000 ports`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

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
export function observedWords(outcome: Outcome, standing: Standing): string {
  const words = outcomeWords(outcome)
  return standing === 'conforms' ? words : words.replace(/^[\w-]+/, (word) => word.toUpperCase())
}

export function outcomeWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'open':
    case 'one-way':
    case 'dropped':
    case 'unsteady':
      return outcome.kind
    case 'rejected':
      return `rejected (${rejectionWords(outcome.by)})`
    case 'translated':
      return `translated: ${outcome.change}${outcome.way === 'one-way' ? ', one-way' : ''}`
    case 'inconclusive':
      return `inconclusive: ${outcome.reason}`
    default:
      throw new Error(`unknown outcome ${outcome satisfies never}`)
  }
}

function rejectionWords(by: Answer): string {
  if (by.kind === 'icmp') return `icmp ${by.type}/${by.code}`
  return by.kind
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

/** `shop → internet · IPv4 · TCP`, with the spoofed source and the destination where there are such. */
export function pathWords(
  subject: Subject & {
    readonly answer?: string
    readonly sourcePort?: number | undefined
  },
): string {
  const as = subject.as === undefined ? '' : ` as ${subject.as}`
  const at = destinationWords(subject)
  const notes = [
    ...(subject.after === 'revocation' ? ['revoked'] : []),
    ...(subject.answer === 'icmp-error' ? ['answered by ICMP errors'] : []),
    ...(subject.sourcePort === undefined ? [] : [`from source port ${subject.sourcePort}`]),
  ]
  return [
    `${subject.from}${as} → ${subject.to}${at}`,
    familyName(subject.family),
    protocolName(subject.protocol, subject.family),
    ...notes,
  ].join(' · ')
}

/** The one address of the table's family. */
function destinationWords({ destination, family }: Subject): string {
  if (destination === undefined) return ''
  const own = destination.split(', ').filter((address) => address.includes(':') === (family === 6))
  return ` (${own.join(', ')})`
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
    const isWrong = own.some((table) => table.rows.some((row) => row.standing !== 'conforms'))
    const whole = `class ${number}: ${plain(representative)} in full`
    if (members === 1) return { words: whole, isWrong }
    const probed = others.reduce((n, table) => n + table.numbers, 0)
    const more = `${counted(members - 1, 'other')} on boundaries and granted ports (${count(probed)})`
    return { words: `${whole}, ${more}`, isWrong }
  })
}
