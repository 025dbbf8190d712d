/** Errors of the YAML parser in plain words: what is wrong at this place, and the remedy. */
import type { ErrorCode, YAMLError } from 'yaml'

export interface YamlFault {
  readonly offset: number
  readonly message: string
}

/** What a user can do about an error, by the parser's code. Absent: see `wordsOf`. */
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  MULTIPLE_DOCS: 'a second document begins here: a file must have one',
  TAB_AS_INDENT: 'a tab cannot indent: use spaces',
  BLOCK_AS_IMPLICIT_KEY:
    'a second ": " in this line: put the key on a line of its own, or quote the value',
  BLOCK_IN_FLOW: 'a list or a key cannot begin here: it is inside "[ ]" or "{ }": close them first',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line: check the indentation and the ":" after it',
  UNEXPECTED_TOKEN:
    'this cannot stand here: check the indentation, and quote text that has special characters',
  BAD_ALIAS: 'an alias needs a name: quote text that begins with "*" or "&"',
  BAD_DIRECTIVE: 'a line cannot begin with "%": quote the text',
  BAD_DQ_ESCAPE: 'an unknown escape after "\\": double it, or use single quotes',
  BAD_SCALAR_START: 'text cannot begin with this character: quote it',
  MISSING_CHAR: 'a character is missing here: check the quotes, the ":" and the ","',
  BAD_INDENT:
    'the indentation does not fit: use the same number of spaces for all entries of a list or map',
  KEY_OVER_1024_CHARS: 'a key must be shorter than 1,024 characters: is a ":" or a quote missing?',
  TAG_RESOLVE_FAILED:
    'this tag is not known: leave out the "!" and what follows it, or quote the text',
}

const CLOSING = { '[': ']', '{': '}' } as const

/** The opening bracket or quote that nothing closes, rather than the place where the parser noticed. */
export function yamlFault({ code, message, pos }: YAMLError, text: string): YamlFault {
  const [offset] = pos
  const isBracket = /must be sufficiently indented and end with|Expected flow .* to end with/.test(
    message,
  )
  const open = isBracket ? openBracket(text.slice(0, offset)) : undefined
  if (open)
    return {
      offset: open.offset,
      message: `"${open.bracket}" is not closed: add "${CLOSING[open.bracket]}"`,
    }
  const quote = /^Missing closing (['"])quote/.exec(message)?.[1]
  if (quote !== undefined)
    return { offset, message: `a quoted text is not closed: add the closing ${quote}` }
  if (/Implicit map keys need to be followed by map values/.test(message))
    return {
      offset,
      message:
        'a key needs ":" after it, or the line belongs to the text before it: check the indentation',
    }
  return { offset, message: WORDS[code] ?? message }
}

interface Open {
  readonly offset: number
  readonly bracket: keyof typeof CLOSING
}

/** The innermost one. Brackets in quotes and comments do not count. */
function openBracket(text: string): Open | undefined {
  const open: Open[] = []
  const parts = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?<=^|\s)#.*|[[\]{}]/gm
  for (const { 0: part, index } of text.matchAll(parts)) {
    if (part === '[' || part === '{') open.push({ offset: index, bracket: part })
    else if (part === ']' || part === '}') open.pop()
  }
  return open.at(-1)
}
