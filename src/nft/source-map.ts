/**
 * Source positions of the rules that the kernel lists. nft does not keep them, so the rules of a
 * chain are matched by order and by words. In doubt no position is given: a wrong one would
 * mislead.
 */

import {
  type Firewall,
  type FirewallPart,
  type SourceLine,
  sourceLineOf,
} from '../firewall/firewall.ts'
import { type Likenesses, likeness, likenessesTo } from './likeness.ts'
import { type ListedRule, readListing } from './listing.ts'
import { structureOf } from './text/structure.ts'

/** A rule as a file has it. */
interface WrittenRule {
  /** `inet filter input` */
  readonly chain: string
  readonly words: ReadonlySet<string>
  readonly at: SourceLine
}

/** By family, table and handle: `inet filter 7`. */
export type RuleSources = ReadonlyMap<string, SourceLine>

/** The minimum score for rules at the same index of chains with the same length. */
const SAME_PLACE = 0.3
/** The minimum score for rules at any index, if no other rule has the same score. */
const ANYWHERE = 0.6

export function locateRules(firewall: Firewall, listing: string): RuleSources {
  const written = Map.groupBy(firewall.parts.flatMap(writtenRules), ({ chain }) => chain)
  const listed = Map.groupBy(readListing(listing).rules, ({ table, chain }) => `${table} ${chain}`)
  return new Map([...listed].flatMap(([chain, rules]) => match(rules, written.get(chain) ?? [])))
}

function match(
  listed: readonly ListedRule[],
  written: readonly WrittenRule[],
): [string, SourceLine][] {
  const inOrder = listed.length === written.length
  const likenesses = likenessesTo(written.map(({ words }) => words))
  return listed.flatMap((rule, i): [string, SourceLine][] => {
    const words = ruleWords(rule.text)
    const found = inOrder
      ? there(words, written[i]!, likenesses)
      : written[likenesses.best(words, ANYWHERE) ?? -1]
    return found ? [[`${rule.table} ${rule.handle}`, found.at]] : []
  })
}

/**
 * The rule at the same index, unless another rule is more similar: then the chain was not written
 * in this order.
 */
function there(
  words: ReadonlySet<string>,
  same: WrittenRule,
  likenesses: Likenesses,
): WrittenRule | undefined {
  const score = likeness(words, same.words)
  if (score < SAME_PLACE) return undefined
  return score < 1 && likenesses.hasBetter(words, score) ? undefined : same
}

const ruleWords = (text: string): ReadonlySet<string> => {
  const words = text
    .replaceAll(/\bcounter packets \d+ bytes \d+\b/g, '')
    .replaceAll(USUAL_REJECT, '')
    .match(/[\w.:/*+-]+/g)
  return new Set(words?.map(plain) ?? [])
}

/** A `reject` that nft lists without its type. */
const USUAL_REJECT = /(?<=\breject )with icmp(?:x|v6)?(?: type)? port-unreachable\b/g

/** The name as nft lists it, for any name in the file. */
function plain(word: string): string {
  return NAMES[word] ?? word
}

/**
 * Services that rules often name, and that nft lists as numbers. Protocols, which nft lists by the
 * name of /etc/protocols, or as numbers without that file.
 */
const NAMES: Readonly<Record<string, string>> = {
  ssh: '22',
  http: '80',
  https: '443',
  domain: '53',
  smtp: '25',
  ntp: '123',
  icmp: '1',
  tcp: '6',
  udp: '17',
  icmpv6: '58',
  'ipv6-icmp': '58',
}

function writtenRules(part: FirewallPart): WrittenRule[] {
  switch (part.kind) {
    case 'nft':
      return structureOf(part.text).rules.map(({ chain, tokens }) => ({
        chain: chain.key,
        words: ruleWords(tokens.map(({ text }) => text).join(' ')),
        at: sourceLineOf(part, tokens[0]!.line),
      }))
    case 'iptables':
    case 'ip6tables':
      return savedRules(part)
    case 'script':
      return []
    default:
      throw new Error(`unknown kind ${part.kind satisfies never}`)
  }
}

function savedRules(part: FirewallPart): WrittenRule[] {
  const family = part.kind === 'iptables' ? 'ip' : 'ip6'
  let table = ''
  return part.text.split('\n').flatMap((line, i): WrittenRule[] => {
    table = /^\*(\S+)/.exec(line)?.[1] ?? table
    const chain = /^(?:\[\d+:\d+\] )?-A (\S+)/.exec(line)?.[1]
    if (chain === undefined) return []
    const rule = line.replace(/^.*?-A \S+/, '').toLowerCase()
    const words = new Set(
      [...ruleWords(rule)].map((word) => SAVED[word] ?? word).filter((word) => !/^-/.test(word)),
    )
    return [{ chain: `${family} ${table} ${chain}`, words, at: sourceLineOf(part, i + 1) }]
  })
}

/** Options of iptables in nft's words, if they differ. */
const SAVED: Readonly<Record<string, string>> = {
  '-s': 'saddr',
  '-d': 'daddr',
  '-i': 'iifname',
  '-o': 'oifname',
  '--dport': 'dport',
  '--sport': 'sport',
  '--dports': 'dport',
  '--ctstate': 'state',
  '--state': 'state',
}
