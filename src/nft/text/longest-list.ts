/** The longest list in braces of an nftables text, found without parsing the text. */

export interface LongList {
  /** `set banned`, or `a list` if the name is unknown. */
  readonly name: string
  /** The line of its beginning, from 1. */
  readonly line: number
  readonly elements: number
}

const COMMA = 44
const OPENING = 123
const CLOSING = 125
/** The name of a list is searched in this many characters before it. */
const BEFORE = 2000

/**
 * Undefined if the text has no list. Commas in comments count too, because this is a limit and not
 * a parser.
 */
export function longestList(text: string): LongList | undefined {
  let longest = { from: -1, elements: 0 }
  let from = -1
  let commas = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === COMMA) commas++
    else if (code === OPENING) {
      from = at
      commas = 0
    } else if (code === CLOSING) {
      if (from >= 0 && commas >= longest.elements) longest = { from, elements: commas + 1 }
      from = -1
    }
  }
  if (longest.from < 0) return undefined
  const before = text.slice(0, longest.from)
  return {
    name: nameBefore(before.slice(-BEFORE)),
    line: before.split('\n').length,
    elements: longest.elements,
  }
}

function nameBefore(text: string): string {
  const [found] = [...text.matchAll(/\b(set|map|define)\s+([\w.-]+)\s*[{=]/g)].slice(-1)
  const [added] = [...text.matchAll(/\belement\s+(?:\w+\s+)?\S+\s+([\w.-]+)\s*$/g)].slice(-1)
  if (added) return `set ${added[1]}`
  return found ? `${found[1]} ${found[2]}` : 'a list'
}
