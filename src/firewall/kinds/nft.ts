/** nftables text: what `nft -f` loads. */

import { longSet } from '../../nft/text/longest-list.ts'
import { nftMentions } from '../../nft/text/nft-mentions.ts'
import { ruleWords } from '../../nft/text/rule-words.ts'
import { structureOf } from '../../nft/text/structure.ts'
import { tokensOf } from '../../nft/text/tokens.ts'
import { type FirewallPart, sourceLineOf } from '../firewall.ts'
import {
  type FirewallKind,
  type GivenFile,
  interpreterIn,
  type NameWords,
  type ReadFile,
  type WrittenRule,
} from './kind.ts'

export const kind: FirewallKind = {
  name: 'nft',
  title: 'an nftables ruleset',
  prefix: { nft: { what: 'nftables text' } },
  example: `table inet example {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established accept
    iifname "lan0" oifname "wan0" tcp dport 443 accept
  }
}
`,
  detect: (text, name) => {
    const program = interpreterIn(text)
    if (program !== undefined && /\bnft$/.test(program)) return 'interpreter'
    if (LINE.test(text)) return 'text'
    return /\.nft$/.test(name) ? 'name' : undefined
  },
  read,
  locate: {
    rules: rulesIn,
    chains: (part) =>
      structureOf(part.text)
        .chains.filter(({ hook }) => hook !== undefined)
        .map(({ key, line }) => [key, sourceLineOf(part, line)] as const),
    savedRule: () => undefined,
  },
  mentions: nftMentions,
  words,
}

/** A line of nftables text that cannot begin a YAML mapping. */
const LINE =
  /^\s*(?:#!.*\bnft\b.*|flush\s+ruleset\b.*|(?:add|create|insert|delete|destroy)\s+(?:table|chain|rule|set|map|element)\s.*|table\s+(?:(?:inet|ip6?|arp|bridge|netdev)\s+)?[\w-]+\s*\{.*|(?:re)?define\s+\w+\s*=.*|include\s+".*)$/m

function read({ text, joined }: GivenFile): ReadFile {
  const long = longSet(text)
  return long ? { ok: false, problems: [long] } : { ok: true, part: joined() }
}

function rulesIn(part: FirewallPart): WrittenRule[] {
  return structureOf(part.text).rules.map(({ chain, tokens }) => ({
    chain: chain.key,
    words: ruleWords(tokens.map(({ text }) => text).join(' ')),
    at: sourceLineOf(part, tokens[0]!.line),
  }))
}

/** An interface may occur in rules, sets, maps, definitions and tables of any family. */
function words(text: string): NameWords | undefined {
  const all = tokensOf(text).map((token) => token.text)
  const hides = all.some(
    (word, i) =>
      BY_OTHER_MEANS.test(word) || (/^[io]if$/.test(word) && /^\d+$/.test(all[i + 1] ?? '')),
  )
  return hides ? undefined : { words: all, wildcard: '*' }
}

/** A comparison by group, kind or type. The other one is by index. */
const BY_OTHER_MEANS = /^[io]if(group|kind|type)$/
