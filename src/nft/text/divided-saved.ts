/**
 * iptables-save output in portions: first all tables and chains, then rules that are added to them.
 */

/** Undefined if a table occurs twice: its second part flushes the first. */
export function divideSaved(text: string) {
  const lines = text.split('\n')
  const blocks = blocksIn(lines)
  const names = blocks.map(({ table }) => lines[table])
  if (new Set(names).size < names.length) return undefined
  const rules = blocks.flatMap(({ table, commit, rules: own }) =>
    own.map((line) => ({ line, table, commit })),
  )
  // The first portion has no rules: it holds all tables with their chains.
  const at = (i: number): number => (i === 0 ? 0 : rules[i - 1]!.line)
  const sizeOf = (from: number, to: number): number => {
    let size = 0
    for (let i = from; i < to; i++) size += lines[at(i)]!.length
    return size
  }
  return {
    length: rules.length + 1,
    endOf: (from: number, size: number): number => {
      if (from === 0) return 1
      let end = from + 1
      for (let all = sizeOf(from, end); end <= rules.length; end++) {
        all += lines[at(end)]!.length
        if (all > size) break
      }
      return end
    },
    sizeOf,
    kindOf: (i: number): string => (i === 0 ? 'chains' : 'rules'),
    lineOf: (i: number): number => at(i) + 1,
    textOf: (from: number, to: number): string => {
      const isRule = new Set(rules.map(({ line }) => line))
      if (from === 0) return lines.map((line, i) => (isRule.has(i) ? '' : line)).join('\n')
      const kept = new Set(
        rules.slice(from - 1, to - 1).flatMap((r) => [r.table, r.line, r.commit]),
      )
      return lines.map((line, i) => (kept.has(i) ? line : '')).join('\n')
    },
  }
}

interface Block {
  /** Line numbers: `*filter`, its rules and other commands, `COMMIT`. */
  readonly table: number
  readonly rules: number[]
  readonly commit: number
}

function blocksIn(lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  let open: { table: number; rules: number[] } | undefined
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('*')) open = { table: i, rules: [] }
    else if (/^(?:\[\d+:\d+\] ?)?-/.test(line)) open?.rules.push(i)
    else if (/^COMMIT\s*$/.test(line) && open) {
      blocks.push({ ...open, commit: i })
      open = undefined
    }
  }
  return blocks
}
