/**
 * What nft says against a firewall, without the lines of files that another file
 * named: a scenario or an include may name a file of passwords in the same work
 * tree, which nft would quote. Lines of what is called like a ruleset are shown.
 */
import { type FirewallPart, sourceLineOf } from '../../src/firewall/firewall.ts'

const OF_RULES = /\.(?:nft|nftables|rules|rules[46]|v[46]|iptables|ip6tables)$/

/** A message of nft's begins so; lines without it are what it quotes, or carets. */
const BEGIN = /^ruleset:(\d+):/
const QUOTED = /'[^']*'|‘[^’]*’|"[^"]*"/g

/** `said`: nft's messages, with places in the text of the part; `before`: lines of ours in front of it. */
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
      `Lines of ${file} are not shown, because another file names it: name it on the command line to see them.`,
  )
  return [...lines, ...hints].join('\n')
}

function isHidden(file: string, part: FirewallPart): boolean {
  const isNamed = part.isNamedByFile === true || file !== part.file
  return isNamed && !OF_RULES.test(file)
}
