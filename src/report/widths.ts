/** Widths of a table's columns, for 80 columns or for the width of the screen. */
import type { Style } from '../quote/style.ts'

/** What the widths of all tables are made for. */
export const USUAL = 80
/** A column that is narrower breaks most words. */
const NARROWEST = 8

/**
 * `widths` are those for 80 columns. What a wider screen has more goes to the
 * `flexible` columns in equal parts; what a narrower one lacks is taken from them.
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
