/** A console block as what was typed and what was printed. */
import type { Block } from './blocks.ts'

export interface Step {
  /** What follows `$ `, with the lines that a backslash continues. */
  readonly command: string
  readonly output: readonly string[]
}

/** Steps of a console block. Output before the first command is a fault of the page. */
export function stepsOf({ body, line }: Block): Step[] {
  const steps: { command: string; output: string[] }[] = []
  let continues = false
  for (const [index, text] of body.entries()) {
    const last = steps.at(-1)
    if (continues) last!.command += `\n${text}`
    else if (text.startsWith('$ ')) steps.push({ command: text.slice(2), output: [] })
    else if (last) last.output.push(text)
    else throw new Error(`line ${line + index + 1}: output stands before any command`)
    continues = (continues || text.startsWith('$ ')) && text.endsWith('\\')
  }
  return steps
}

/** The block again, with other outputs. */
export function bodyOf(steps: readonly Step[]): string[] {
  return steps.flatMap(({ command, output }) => [...`$ ${command}`.split('\n'), ...output])
}
