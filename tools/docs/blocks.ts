/** The fenced blocks of a Markdown page, and what the page says of each. */

export interface Block {
  /** Line of the opening fence, from 1. */
  readonly line: number
  readonly language: string
  /** Words behind the language: `run`, `exit=1`, `file=policy.yaml`. */
  readonly attributes: ReadonlyMap<string, string>
  readonly body: readonly string[]
  /** How the block was made, where no test makes it: `<!-- made by: … -->` on the line before. */
  readonly madeBy?: string
}

const FENCE = /^```(\S*)\s*(.*)$/
const MADE_BY = /^<!-- made by: (.+) -->$/

/** Blocks in the order of the page. A fence that is not closed ends with the page. */
export function blocksOf(page: string): Block[] {
  const lines = page.split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, language, words] = FENCE.exec(lines[at]!) ?? []
    if (language === undefined) continue
    const end = closing(lines, at + 1)
    const madeBy = MADE_BY.exec(lines[at - 1] ?? '')?.[1]
    blocks.push({
      line: at + 1,
      language,
      attributes: attributesIn(words!),
      body: lines.slice(at + 1, end),
      ...(madeBy === undefined ? {} : { madeBy }),
    })
    at = end
  }
  return blocks
}

function closing(lines: readonly string[], from: number): number {
  const end = lines.indexOf('```', from)
  return end < 0 ? lines.length : end
}

function attributesIn(words: string): Map<string, string> {
  return new Map(
    words
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => {
        const [name, value = ''] = word.split('=', 2)
        return [name!, value]
      }),
  )
}

/** Pages without their blocks and code spans: what is prose. Lines keep their numbers. */
export function proseOf(page: string): string {
  const lines = page.split('\n')
  for (const { line, body } of blocksOf(page)) lines.fill('', line - 1, line + body.length + 1)
  return lines.join('\n').replaceAll(/`[^`\n]*`/g, '')
}
