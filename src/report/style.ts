/** Colours, or none: a report is pure text that is told how to be emphasised. */
export interface Style {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly doubtful: (text: string) => string
  readonly dim: (text: string) => string
  readonly strong: (text: string) => string
}

const same = (text: string): string => text
export const PLAIN: Style = { good: same, bad: same, doubtful: same, dim: same, strong: same }

// ECMA-48 §8.3.117, select graphic rendition.
const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${on}m${text}\u001b[${off}m`

export const COLOURED: Style = {
  good: sgr(32, 39),
  bad: sgr(31, 39),
  doubtful: sgr(33, 39),
  dim: sgr(2, 22),
  strong: sgr(1, 22),
}
