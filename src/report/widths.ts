/** Widths of a table's columns, for 80 columns or for the width of the screen. */
import type { Style } from '../quote/style.ts'

/** The screen width for which all tables are designed. */
export const USUAL = 80
/** A narrower column would break most words. */
const NARROWEST = 8

/**
 * `widths` are the widths for 80 columns. The `flexible` columns share the additional space of a
 * wider screen in equal parts, and shrink on a narrower screen.
 */
export function fitted(
  widths: readonly number[],
  flexible: readonly number[],
  { columns = USUAL }: Pick<Style, 'columns'>,
): number[] {
  const share = Math.trunc((columns - USUAL) / flexible.length)
  const over = columns < USUAL && (columns - USUAL) % flexible.length !== 0 ? 1 : 0
  return widths.map((width, i) =>
    flexible.includes(i) ? Math.max(NARROWEST, width + share - over) : width,
  )
}
