/** A script → its lines, with the function that each stands in, and with the files that it reads in place. */
import type { FirewallPart } from '../firewall/firewall.ts'

export interface ScriptLine {
  readonly text: string
  /** Of the script itself. */
  readonly line: number
  /** The function that the line is in. */
  readonly inside?: string
}

/** `. ./lib.sh`, `source "$(dirname "$0")/lib.sh"`. */
const READS =
  /(?:^|&&|\|\||[;{]|\b(?:then|do|else)\s)\s*(?:\.|source)\s+((?:"(?:[^"$]|\$\([^)]*\)|\$\{?\w+\}?)*"|'[^']*'|\$\([^)]*\)|[^\s;&|"']+)+)/

/** The word after `.` or `source`. */
export const fileRead = (text: string): string | undefined => READS.exec(text)?.[1]

/** Files that read each other come to an end. */
const DEEPEST = 4

export function linesOf(part: FirewallPart): ScriptLine[] {
  const files = new Map(part.sourced?.map(({ word, text }) => [word, text]))
  const expanded = (script: string, at: number | undefined, depth: number): ScriptLine[] =>
    withFunctions(joined(script)).flatMap((one) => {
      const line = at ?? one.line
      const word = one.text.startsWith('#') ? undefined : fileRead(one.text)
      const text = word === undefined ? undefined : files.get(word)
      const own = { ...one, line }
      return text === undefined || depth >= DEEPEST
        ? [own]
        : [own, ...expanded(text, line, depth + 1)]
    })
  return expanded(part.text, undefined, 0)
}

/** Lines with the lines that continue them. */
function joined(script: string): ScriptLine[] {
  const found: { text: string; line: number }[] = []
  let open = false
  for (const [i, own] of script.split('\n').entries()) {
    const text = own.trim()
    const last = found.at(-1)
    if (open && last) last.text = `${last.text.slice(0, -1).trimEnd()} ${text}`
    else found.push({ text, line: i + 1 })
    open = text.endsWith('\\') && !text.startsWith('#')
  }
  return found
}

const BEGINS = /^(?:function\s+([\w-]+)|([\w-]+)\s*\(\s*\))(?:\s*\(\s*\))?\s*\{?/

/** A function ends at a line that begins with its brace, as scripts are written. */
function withFunctions(lines: readonly ScriptLine[]): ScriptLine[] {
  let inside: string | undefined
  return lines.map((one) => {
    const begun = BEGINS.exec(one.text)
    inside = begun ? (begun[1] ?? begun[2]) : inside
    const own = inside === undefined ? one : { ...one, inside }
    const isOneLine = begun && /\}\s*;?$/.test(one.text)
    if (isOneLine || /^\}/.test(one.text)) inside = undefined
    return own
  })
}

/** These are compared by the state that they leave, or have no effect. */
const COMPARED =
  /^(?:#|$|(?:sudo\s+)?(?:\/\S*\/)?(?:ip6?tables(?:-\w+)*|nft|ipset|echo|printf|logger|true|:|exit|set)\b)/

/**
 * What decides a command whose words are not all known: for one in a function the calls of it, and
 * for any other, such as one in a loop over lines, the rest of the script.
 */
export function contextOf({ inside }: ScriptLine, lines: readonly ScriptLine[]): string {
  const own = lines.filter(({ text }) => !COMPARED.test(text))
  if (inside === undefined) return own.map(({ text }) => text).join('\n')
  const names = new Set([inside])
  // The set grows while it is walked: a function that calls one of them is called itself.
  for (const name of names)
    for (const line of own)
      if (line.inside !== undefined && calls(line.text, name)) names.add(line.inside)
  return own
    .filter(({ text }) => [...names].some((name) => calls(text, name)))
    .map(({ text }) => text)
    .join('\n')
}

const calls = (text: string, name: string): boolean => text.split(/[^\w-]+/).includes(name)
