/**
 * Text in Markdown (CommonMark 0.31, GitHub Flavored Markdown 0.29), for job
 * summaries and comments: in one line, and never markup, a link, a mention or
 * a reference to an issue.
 */

/** Controls, what turns text around, lone surrogates, line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const oneLine = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').trim().replaceAll(UNSAFE, '�')

/** Backslash escapes (CommonMark §2.4). A dollar sign begins a formula on GitHub and GitLab. */
const escaped = (text: string): string =>
  text.replaceAll(/[\\|`<>*_[\]{}~$&]/g, '\\$&').replaceAll(/#/g, '\\#')

// Platforms look for these in the text that is left when Markdown has been read,
// so escapes do not help: a space of no width comes between.
const NO_WIDTH = '&#8203;'
const unlinked = (text: string): string =>
  text
    .replaceAll(/@(?=\w)/g, `@${NO_WIDTH}`)
    .replaceAll(/\\#(?=\w)/g, `\\#${NO_WIDTH}`)
    .replaceAll(/\b(GH)-(?=\d)/gi, `$1-${NO_WIDTH}`)
    .replaceAll('://', `:${NO_WIDTH}//`)
    .replaceAll(/\b(www|mailto|xmpp)(?=[.:])/gi, `$1${NO_WIDTH}`)

/** Within code, which platforms look for nothing in, escapes are enough, and nothing is added that is copied along. */
const unlinkedCode = (text: string): string =>
  text
    .replaceAll('://', '\\://')
    .replaceAll('@', '\\@')
    .replaceAll(/\b(www|mailto|xmpp)(?=[.:])/gi, '$1\\')

/** What is a list, a heading or a rule at the beginning of a line only. */
const atStart = (text: string): string =>
  text.replace(/^[-+=:]/, '\\$&').replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')

/** Text for a cell of a table, an item of a list or a paragraph. */
export function cell(text: string): string {
  return atStart(unlinked(escaped(oneLine(text))))
}

/** The same as code, which its readers can copy as it is. */
export function code(text: string): string {
  const line = oneLine(text)
  if (line === '') return ''
  // Within a table a code span cannot hold every text: parsers differ about `\|`.
  return /[`|\\]/.test(line) ? `<code>${unlinkedCode(escaped(line))}</code>` : `\`${line}\``
}
