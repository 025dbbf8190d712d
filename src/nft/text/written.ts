/** Sets and maps that rules write to: nft declares them with additional flags. */
import { structureOf } from './structure.ts'
import type { Token } from './tokens.ts'

const WRITES = new Set(['add', 'update', 'delete'])

/** `inet filter seen`: family, table and set of each. */
export function writtenSets(text: string): ReadonlySet<string> {
  const { rules } = structureOf(text)
  return new Set(
    rules.flatMap(({ chain, tokens }) => {
      const table = chain.key.split(' ').slice(0, 2).join(' ')
      return writtenBy(tokens).map((name) => `${table} ${name}`)
    }),
  )
}

/** `update @seen { ip saddr }`, and `set update ip saddr @seen` of older nft. */
function writtenBy(tokens: readonly Token[]): string[] {
  let isOlder = false
  return tokens.flatMap(({ kind, text }, i) => {
    if (kind !== 'word') return []
    const before = tokens[i - 1]?.text ?? ''
    if (WRITES.has(text) && before === 'set') isOlder = true
    return text.startsWith('@') && (isOlder || WRITES.has(before)) ? [text.slice(1)] : []
  })
}

/**
 * The words that nft 1.0.6 adds to the declaration of such a set or map if it reads both at once
 * (stmt_evaluate_set and stmt_evaluate_map in src/evaluate.c of nft).
 */
export function moreOfWritten(what: string, kept: readonly (readonly string[])[]): string {
  const has = (word: string): boolean => kept.some(([first]) => first === word)
  const size = has('size') ? '' : 'size 65535;'
  if (what === 'map') return `;${size}`
  const flags = kept.filter(([first]) => first === 'flags').flatMap(([, ...words]) => words)
  const all = new Set([...flags.filter((word) => word !== ','), 'dynamic'])
  if (has('timeout')) all.add('timeout')
  return `;flags ${[...all].join(',')};${size}`
}
