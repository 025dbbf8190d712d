/** A shell script that sets the rules when it is run. */

import { scriptMentions } from '../../nft/text/script-mentions.ts'
import { firstByte, positionAt } from '../../quote/utf8.ts'
import { type FirewallPart, type SourceLine, sourceLineOf } from '../firewall.ts'
import {
  type FirewallKind,
  type GivenFile,
  interpreterIn,
  NOWHERE,
  type ReadFile,
  type SavedChain,
  whole,
} from './kind.ts'

export const kind: FirewallKind = {
  name: 'script',
  title: 'a script',
  prefix: { script: { what: 'a shell script that sets the rules' } },
  beyond: 'it is a script, and nftproof would run it',
  example: `#!/bin/sh
nft add table inet example
nft add chain inet example forward '{ type filter hook forward priority 0; policy drop; }'
nft add rule inet example forward ct state established accept
nft add rule inet example forward iifname lan0 oifname wan0 tcp dport 443 accept
`,
  detect: (text, name) => {
    const program = interpreterIn(text)
    if (program !== undefined && /\b(?:sh|bash|dash|ash|ksh|zsh)$/.test(program))
      return 'interpreter'
    return /\.sh$/.test(name) ? 'name' : undefined
  },
  read,
  locate: { ...NOWHERE, savedRule: lineLike },
  mentions: scriptMentions,
  words: () => undefined,
}

/** It is passed on as text, so other bytes would change. */
function read({ text, file, folder }: GivenFile): ReadFile {
  const offset = firstByte(text)
  if (offset !== undefined)
    return { ok: false, problems: [{ ...positionAt(text, offset), message: NOT_UTF8 }] }
  const part = { ...whole({ text, file }), folder: folder(), interpreter: commandIn(text) }
  return { ok: true, part }
}

const NOT_UTF8 =
  'not UTF-8: a byte here is invalid: save the file as UTF-8, or convert it with iconv -t UTF-8'

function commandIn(text: string): string[] {
  const line = /^#!\s*(.+)$/m.exec(text.split('\n')[0] ?? '')?.[1]
  return line?.trim().split(/\s+/) ?? ['sh']
}

/** A line that has all words of the rule, if exactly one line has. */
function lineLike(
  part: FirewallPart,
  { rules }: SavedChain,
  index: number,
): SourceLine | undefined {
  const rule = rules[index]
  if (!rule) return undefined
  const wanted = wordsOf(rule.saved ?? rule.where.text)
  const scored = part.text
    .split('\n')
    .map((line, i) => ({ at: i + 1, score: likeness(wanted, line) }))
  const [first, second] = scored.sort((a, b) => b.score - a.score)
  if (!first || first.score < ENOUGH || first.score === second?.score) return undefined
  return sourceLineOf(part, first.at)
}

/** The share of the rule's words that the line must have. */
const ENOUGH = 0.6

const wordsOf = (text: string): Set<string> =>
  new Set((text.toLowerCase().match(/[\w.:/*@-]+/g) ?? []).filter((word) => !PASSED_OVER.has(word)))

/** Words that iptables-save adds, and words that begin commands. */
const PASSED_OVER = new Set(
  '-m tcp udp -a -i iptables ip6tables nft add rule counter -t filter'.split(' '),
)

function likeness(wanted: ReadonlySet<string>, line: string): number {
  if (/^\s*#/.test(line)) return 0
  const words = wordsOf(line)
  const common = [...wanted].filter((word) => words.has(word)).length
  const all = wanted.size + words.size - common
  return all === 0 ? 0 : common / all
}
