/**
 * Some pieces of an nftables text as a text of their own. Every part keeps its line and column of
 * the whole text, so nft's messages fit both.
 */

import type { Frame, Piece } from './piece.ts'
import type { Pieces } from './pieces.ts'
import type { Span } from './statements.ts'

/** `pieces`: adjacent pieces of one group. */
export function portionOf(text: string, { defines }: Pieces, pieces: readonly Piece[]): string {
  const frames = new Set(pieces.flatMap((piece) => piece.frames))
  const around = [...frames].flatMap(({ open, close, kept }) => [open, close, ...kept])
  const own = [...around, ...pieces.flatMap(({ spans }) => spans)]
  const lists = new Set([...frames].filter(({ isList }) => isList).map(({ open }) => open.from))
  // The parts of a define that these pieces need.
  const needed = defines.neededBy(own, frames).filter(({ from }) => !lists.has(from))
  const spans = distinct([...own, ...needed])
  const isCommand = pieces.some((piece) => piece.kind === 'rule' && piece.frames.length === 1)
  return `${written(text, spans, frames)}\n${isCommand ? LOOK_AROUND : ''}`
}

// For a chain's block outside a table's block, nft 1.0.6 does not read the sets from the kernel
// unless another command needs them.
const LOOK_AROUND = 'list tables\n'

/**
 * The index after the last piece of a portion: at least one piece, one group, and no more
 * characters than the limit.
 */
export function endOfPortion(pieces: readonly Piece[], at: number, size: number): number {
  const { group } = pieces[at]!
  let all = charactersOf(pieces[at]!)
  let end = at + 1
  for (; end < pieces.length && pieces[end]!.group === group; end++) {
    all += charactersOf(pieces[end]!)
    if (all > size) break
  }
  return end
}

/** A declaration without an own statement still creates an object. */
const LEAST = 20

export const charactersOf = ({ spans }: Piece): number =>
  Math.max(
    LEAST,
    spans.reduce((sum, { from, to }) => sum + to - from, 0),
  )

/** In their order, each once. */
function distinct(spans: readonly Span[]): Span[] {
  const sorted = spans.toSorted((a, b) => a.from - b.from || b.to - a.to)
  const kept: Span[] = []
  for (const span of sorted) if (span.from >= (kept.at(-1)?.to ?? 0)) kept.push(span)
  return kept
}

function written(text: string, spans: readonly Span[], frames: ReadonlySet<Frame>): string {
  const lists = new Map([...frames].filter(({ isList }) => isList).map((f) => [f.open.from, f]))
  const more = new Map([...frames].map((frame) => [frame.close.from, frame.more ?? '']))
  const parts: string[] = []
  let at = 0
  let end = 0
  for (const { from, to } of spans) {
    const before = blank(text.slice(at, from), at < end)
    parts.push(before, more.get(from) ?? '', text.slice(from, to))
    end = lists.get(from)?.close.from ?? end
    at = to
  }
  return parts.join('')
}

/**
 * Blanks with the same number of lines, and a last line of the same length in bytes, because nft
 * counts bytes.
 */
function blank(gap: string, inList: boolean): string {
  const last = gap.lastIndexOf('\n') + 1
  const lines = last === 0 ? 0 : gap.slice(0, last).split('\n').length - 1
  const bytes = new TextEncoder().encode(gap.slice(last)).length
  return `${(inList ? '\\\n' : '\n').repeat(lines)}${' '.repeat(bytes)}`
}
