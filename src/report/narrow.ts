/**
 * Reports fit into 80 columns, except for long names. Lines wider than the screen are wrapped here.
 */
import type { Style } from '../quote/style.ts'
import { USUAL } from './widths.ts'

/** Below this width, lines would have only one word. */
const NARROWEST = 40

/** Tables are drawn for the screen already, and a command is copied whole. */
const WHOLE = /[│┌├└]|(?:^|\s)(?:nftproof|npm run -s nftproof --) /

/** Emphasis takes no column (ECMA-48 SGR). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the codes themselves
const CODES = /\u001b\[[\d;]*m/g

const widthOf = (text: string): number => [...text.replaceAll(CODES, '')].length

/** Lines of at most the columns of the screen, with their own indentation. */
export function narrowed(text: string, { columns = USUAL }: Pick<Style, 'columns'>): string {
  const most = Math.max(columns, NARROWEST)
  return text
    .split('\n')
    .flatMap((line) => (widthOf(line) <= most || WHOLE.test(line) ? [line] : broken(line, most)))
    .join('\n')
}

function broken(line: string, most: number): string[] {
  const indent = /^ */.exec(line)![0]
  const lines: string[] = []
  for (const word of line.slice(indent.length).split(' ')) {
    const last = lines.at(-1)
    const longer = `${last} ${word}`
    if (last !== undefined && widthOf(longer) <= most) lines[lines.length - 1] = longer
    else lines.push(`${last === undefined ? indent : `${indent}  `}${word}`)
  }
  return lines
}
