/**
 * Whether an output is the one that a page shows. Times, and the ports that a
 * probe leaves from, differ from run to run: any matches any. `…` in a page
 * stands for anything within its line, and alone on a line for any lines.
 */
const ANY = '…'

export function matches(shown: readonly string[], real: readonly string[]): boolean {
  const pattern = withoutEnd(shown).map((line) => (isGap(line) ? GAP : patternOf(line)))
  return new RegExp(`^(?:${pattern.join('')})$`).test(
    withoutEnd(real)
      .map((line) => `${normal(line)}\n`)
      .join(''),
  )
}

const GAP = '(?:[^\\n]*\\n)*?'

/** A line that stands for lines left out: `…`, in a table or alone. */
export const isGap = (line: string): boolean => /^[\s│]*…[\s│]*$/.test(line)

const patternOf = (line: string): string =>
  `${normal(line).split(ANY).map(escaped).join('[^\\n]*')}\\n`

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** Widths of columns follow the texts in them. */
export const normal = (line: string): string =>
  line
    .replaceAll(/\d+(?:\.\d+)? (m?s)\b/g, `${ANY} $1`)
    .replaceAll(/(?<=[\d\]]:)\d{4,5}(?= →)/g, ANY)
    .replaceAll(/\s+/g, ' ')
    .trimEnd()

function withoutEnd(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '')
  return lines.slice(0, last + 1)
}
