/** Names of the programs that a shell script calls: its words in the place of a command. */

const KEYWORDS = new Set(
  'if then elif else fi for in do done while until case esac { } ! [ [['.split(' '),
)
/** Of dash and bash. */
const BUILT_IN = new Set(
  '. : break cd command continue echo eval exec exit export false kill local printf pwd read return set shift test trap true type ulimit umask unset wait'.split(
    ' ',
  ),
)
/** What they precede is a command too. */
const LEADS = new Set([
  'exec',
  'sudo',
  'env',
  'command',
  '!',
  'if',
  'then',
  'else',
  'elif',
  'do',
  'while',
  'until',
  '{',
])

const COMMENT = /(^|\s)#.*$/gm
const HERE_DOCUMENT = /<<-?\s*(['"]?)(\w+)\1.*\n[\s\S]*?\n\s*\2$/gm
const SEPARATORS = /[\n;&|()`]+|\$\(/

export function commandsOf(script: string): string[] {
  const text = script
    .replaceAll(HERE_DOCUMENT, '')
    .replaceAll(/\\\n/g, ' ')
    .replaceAll(COMMENT, '')
    .replaceAll(/'[^']*'/g, "''")
    .replaceAll(/\$\(\([^)]*\)\)/g, '0')
    .replaceAll(/\d?>&[\d-]|\d?[<>]>?\s*[^\s;&|()]+/g, ' ')
  const functions = new Set([...text.matchAll(/^\s*([\w-]+)\s*\(\)/gm)].map(([, name]) => name!))
  const words = text.split(SEPARATORS).flatMap((part) => commandIn(part.trim().split(/\s+/)) ?? [])
  return [...new Set(words)].filter((word) => !functions.has(word))
}

function commandIn(words: readonly string[]): string | undefined {
  const [first, ...rest] = words
  if (first === undefined) return undefined
  if (/^\w+=/.test(first) || LEADS.has(first)) return commandIn(rest)
  if (KEYWORDS.has(first) || BUILT_IN.has(first)) return undefined
  return /^[a-z][\w-]*$/.test(first) ? first : undefined
}
