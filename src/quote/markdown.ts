/**
 * Text in Markdown (CommonMark 0.31, GitHub Flavored Markdown 0.29) for job summaries and comments:
 * one line, and never markup, a link, a mention or a reference to an issue.
 */

/** Control characters, bidirectional controls, lone surrogates, line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const oneLine = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').trim().replaceAll(UNSAFE, '�')

/** Backslash escapes (CommonMark §2.4). A dollar sign begins a formula on GitHub and GitLab. */
const escaped = (text: string): string =>
  text.replaceAll(/[\\|`<>*_[\]{}~$&]/g, '\\$&').replaceAll(/#/g, '\\#')

// Platforms search for these after Markdown is rendered, so escapes do not help. A zero-width space
// breaks the pattern.
const NO_WIDTH = '&#8203;'
const unlinked = (text: string): string =>
  text
    .replaceAll(/@(?=\w)/g, `@${NO_WIDTH}`)
    .replaceAll(/\\#(?=\w)/g, `\\#${NO_WIDTH}`)
    .replaceAll(/\b(GH)-(?=\d)/gi, `$1-${NO_WIDTH}`)
    .replaceAll('://', `:${NO_WIDTH}//`)
    .replaceAll(/\b(www|mailto|xmpp)(?=[.:])/gi, `$1${NO_WIDTH}`)

/**
 * Platforms do not search within code. Escapes suffice there, and a reader can copy the text
 * unchanged.
 */
const unlinkedCode = (text: string): string =>
  text
    .replaceAll('://', '\\://')
    .replaceAll('@', '\\@')
    .replaceAll(/\b(www|mailto|xmpp)(?=[.:])/gi, '$1\\')

/** Characters that mark a list, a heading or a rule at the beginning of a line. */
const atStart = (text: string): string =>
  text.replace(/^[-+=:]/, '\\$&').replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')

/** Text for a table cell, a list item or a paragraph. */
export function cell(text: string): string {
  return atStart(unlinked(escaped(oneLine(text))))
}

/** The text as code, which a reader can copy unchanged. */
export function code(text: string): string {
  const line = oneLine(text)
  if (line === '') return ''
  // Within a table, a code span cannot contain every text: parsers differ about `\|`.
  return /[`|\\]/.test(line) ? `<code>${unlinkedCode(escaped(line))}</code>` : `\`${line}\``
}
