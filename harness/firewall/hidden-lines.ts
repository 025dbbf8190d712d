/**
 * nft's messages about a firewall, without lines of files that another file names. A scenario or an
 * include may name a file of passwords in the same work tree, and nft would quote it. Lines of
 * files named like a ruleset are shown.
 */
import { type FirewallPart, sourceLineOf } from '../../src/firewall/firewall.ts'

const OF_RULES = /\.(?:nft|nftables|rules|rules[46]|v[46]|iptables|ip6tables)$/

/** The beginning of a message of nft. Other lines are quotations or carets. */
const BEGIN = /^ruleset:(\d+):/
const QUOTED = /'[^']*'|‘[^’]*’|"[^"]*"/g

/**
 * `said`: nft's messages, with positions in the text of the part. `before`: lines of the harness
 * before that text.
 */
export function withoutHidden(said: string, part: FirewallPart, before: number): string {
  let hidden: string | undefined
  const told = new Set<string>()
  const lines = said.split('\n').flatMap((line) => {
    const [, number] = BEGIN.exec(line) ?? []
    if (number !== undefined) {
      const { file } = sourceLineOf(part, Number(number) - before)
      hidden = isHidden(file, part) ? file : undefined
      if (hidden !== undefined) told.add(hidden)
      return [hidden === undefined ? line : line.replaceAll(QUOTED, '…')]
    }
    return hidden === undefined ? [line] : []
  })
  const hints = [...told].map(
    (file) =>
      `Lines of ${file} are hidden, because another file names it: name it on the command line to see them.`,
  )
  return [...lines, ...hints].join('\n')
}

function isHidden(file: string, part: FirewallPart): boolean {
  const isNamed = part.isNamedByFile === true || file !== part.file
  return isNamed && !OF_RULES.test(file)
}
