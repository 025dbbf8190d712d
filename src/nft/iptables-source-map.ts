/** Source positions of iptables rules: by their order, and in scripts by their words. */

import {
  type Firewall,
  type FirewallPart,
  type SourceLine,
  sourceLineOf,
} from '../firewall/firewall.ts'
import type { Chain } from './chains.ts'

export function locateSaved(
  firewall: Firewall,
  chain: Chain,
  index: number,
): SourceLine | undefined {
  for (const part of firewall.parts) {
    const found =
      part.kind === 'script' ? inScript(part, chain, index) : inSaved(part, chain, index)
    if (found) return found
  }
  return undefined
}

/** If the file and the kernel have the same number of rules in a chain, the order decides. */
function inSaved(part: FirewallPart, chain: Chain, index: number): SourceLine | undefined {
  const family = part.kind === 'iptables' ? 'ip' : part.kind === 'ip6tables' ? 'ip6' : undefined
  if (family !== chain.family) return undefined
  let table = ''
  const lines = part.text.split('\n').flatMap((line, i) => {
    table = /^\*(\S+)/.exec(line)?.[1] ?? table
    const own = /^(?:\[\d+:\d+\] )?-A (\S+)/.exec(line)?.[1]
    return table === chain.table && own === chain.name ? [i + 1] : []
  })
  return lines.length === chain.rules.length ? sourceLineOf(part, lines[index]!) : undefined
}

/** A line that has all words of the rule, if exactly one line has. */
function inScript(part: FirewallPart, { rules }: Chain, index: number): SourceLine | undefined {
  const rule = rules[index]
  if (!rule) return undefined
  const wanted = ruleWords(rule.saved ?? rule.where.text)
  const scored = part.text
    .split('\n')
    .map((line, i) => ({ at: i + 1, score: likeness(wanted, line) }))
  const [first, second] = scored.sort((a, b) => b.score - a.score)
  if (!first || first.score < ENOUGH || first.score === second?.score) return undefined
  return sourceLineOf(part, first.at)
}

/** The share of the rule's words that the line must have. */
const ENOUGH = 0.6

const ruleWords = (text: string): Set<string> =>
  new Set((text.toLowerCase().match(/[\w.:/*@-]+/g) ?? []).filter((word) => !PASSED_OVER.has(word)))

/** Words that iptables-save adds, and words that begin commands. */
const PASSED_OVER = new Set(
  '-m tcp udp -a -i iptables ip6tables nft add rule counter -t filter'.split(' '),
)

function likeness(wanted: ReadonlySet<string>, line: string): number {
  if (/^\s*#/.test(line)) return 0
  const words = ruleWords(line)
  const common = [...wanted].filter((word) => words.has(word)).length
  const all = wanted.size + words.size - common
  return all === 0 ? 0 : common / all
}
