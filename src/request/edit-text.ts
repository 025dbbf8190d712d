/** A decision as YAML text, and the lines of a file into which it goes. */
import { parse } from 'yaml'
import type { Decision } from './request.ts'

export type Decided = Exclude<Decision, { status: 'pending' }>

export type Entry = readonly [key: string, value: string]

export function entriesOf(decision: Decided): Entry[] {
  const { status, by, on, reason } = decision
  const until = decision.status === 'approved' ? decision.until : undefined
  const all = [
    ['status', status],
    ['by', by],
    ['on', on],
    ['reason', reason],
    ['until', until],
  ] as const
  return all.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
}

export function inFlow(entries: readonly Entry[], json: boolean): string {
  return entries
    .map(([key, value]) =>
      json ? `${JSON.stringify(key)}: ${JSON.stringify(value)}` : `${key}: ${scalar(value)}`,
    )
    .join(', ')
}

/** Each entry on a line of its own, which begins with a line break. */
export function inBlock(entries: readonly Entry[], indent: number, lineBreak: string): string {
  const lead = lineBreak + ' '.repeat(indent)
  return entries.map(([key, value]) => `${lead}${key}: ${scalar(value)}`).join('')
}

/**
 * A plain scalar if YAML reads it as the same text, else a double-quoted one with JSON's escapes.
 */
function scalar(value: string): string {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9 ./@+-]*$/.test(value) && parse(value) === value
  return isPlain ? value : JSON.stringify(value)
}

export function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

/** Offset of the line break, or of the end of the text. */
export function endOfLine(text: string, offset: number): number {
  const at = text.indexOf('\n', offset)
  if (at < 0) return text.length
  return text[at - 1] === '\r' ? at - 1 : at
}

/**
 * The line break of the line at an offset. The last line has none, so it takes that of the line
 * before.
 */
export function lineBreakOf(text: string, offset: number): string {
  const next = text.indexOf('\n', offset)
  const at = next < 0 ? text.lastIndexOf('\n') : next
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n'
}
