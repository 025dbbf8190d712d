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

/**
 * Elements of one set in a file. Two sets with a million elements each take about 4 GB to list and
 * compare.
 */
export const MOST_ELEMENTS = 2_000_000

/** A set that is too long, checked before a text is divided into tokens. */
export function longSet(
  text: string,
  most = MOST_ELEMENTS,
): { readonly line: number; readonly message: string } | undefined {
  const longest = longestList(text)
  if (!longest || longest.elements <= most) return undefined
  const { name, line, elements } = longest
  return {
    line,
    message: `${name} has ${say(elements)} elements: the limit is ${say(most)}: test with the part of the list that matters to the rules`,
  }
}

const say = (count: number): string => count.toLocaleString('en')

function nameBefore(text: string): string {
  const [found] = [...text.matchAll(/\b(set|map|define)\s+([\w.-]+)\s*[{=]/g)].slice(-1)
  const [added] = [...text.matchAll(/\belement\s+(?:\w+\s+)?\S+\s+([\w.-]+)\s*$/g)].slice(-1)
  if (added) return `set ${added[1]}`
  return found ? `${found[1]} ${found[2]}` : 'a list'
}
