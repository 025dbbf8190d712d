/** The shapes that nftables text is made of: a block in braces, and a named set. */

/** `head {`, its lines one tab deeper, and `}`. A line may itself hold several. */
export function block(head: string, lines: readonly string[]): string {
  const inner = lines.flatMap((line) => line.split('\n')).map((line) => `\t${line}`)
  return [`${head} {`, ...inner, '}'].join('\n')
}

export interface SetKind {
  readonly type: string
  /** Elements may be ranges or prefixes. Without, the kernel keeps a hash: one step for any size. */
  readonly interval: boolean
}

const ELEMENTS_PER_LINE = 8

/** A named set. Without elements it is there all the same, to be filled later. */
export function set(
  name: string,
  { type, interval }: SetKind,
  elements: readonly string[],
): string {
  const lines: string[] = []
  for (let i = 0; i < elements.length; i += ELEMENTS_PER_LINE)
    lines.push(`\t${elements.slice(i, i + ELEMENTS_PER_LINE).join(', ')},`)
  return block(`set ${name}`, [
    `type ${type}`,
    ...(interval ? ['flags interval'] : []),
    ...(lines.length > 0 ? ['elements = {', ...lines, '}'] : []),
  ])
}
