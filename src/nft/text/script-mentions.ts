/**
 * A shell script → what it says about interfaces and addresses, as far as that
 * can be told without running it: nft and iptables commands, rulesets in
 * here-documents, `ip` commands, and variables that are assigned as they stand.
 */

import { prefixIn } from '../../net/prefix.ts'
import { iptablesMentions } from './iptables-mentions.ts'
import { type InterfaceMention, interfaceFor, type Mention, type Mentions } from './mention.ts'
import { nftMentions } from './nft-mentions.ts'
import { shellWords, unquoted } from './shell-words.ts'

export function scriptMentions(text: string): Mentions {
  const lines = commandsIn(text)
  const view = (kind: Command['kind']): string =>
    lines.map((own) => own.flatMap((c) => (c.kind === kind ? [c.text] : [])).join(';')).join('\n')
  const nft = nftMentions(view('nft'))
  // Each on a line of its own: iptables has no separator.
  const iptables = lines.flatMap((own, i) =>
    own.flatMap((c) => (c.kind === 'iptables' ? [at(i + 1, iptablesMentions(c.text))] : [])),
  )
  const ip = lines.flatMap((own, i) =>
    own.flatMap((c) => (c.kind === 'ip' ? ipMentions(c.text, i + 1) : [])),
  )
  const mentions = [nft, ...iptables].flatMap((one) => one.mentions)
  return {
    mentions: [...mentions, ...ip].toSorted((a, b) => a.line - b.line),
    chains: [nft, ...iptables].flatMap(({ chains }) => chains),
  }
}

const at = (line: number, { mentions, chains }: Mentions): Mentions => ({
  mentions: mentions.map((one) => ({ ...one, line })),
  chains: chains.map((one) => ({ ...one, line })),
})

interface Command {
  readonly kind: 'nft' | 'iptables' | 'ip'
  readonly text: string
}

type Values = ReadonlyMap<string, readonly string[]>

/** The commands of every line that matter; those of joined lines stand on the first of them. */
function commandsIn(text: string): Command[][] {
  const found: Command[][] = []
  const values = new Map<string, readonly string[]>()
  let here: HereDocument | undefined
  let joined: { at: number; text: string } | undefined
  for (const [i, raw] of text.split('\n').entries()) {
    found[i] = []
    if (here) {
      if (raw.trim() === here.end) here = undefined
      else if (here.kind)
        found[i] = [{ kind: here.kind, text: here.expands ? filled(raw, values)[0]! : raw }]
      continue
    }
    joined = { at: joined?.at ?? i, text: (joined?.text ?? '') + raw.replace(/\\$/, ' ') }
    if (raw.endsWith('\\')) continue
    assign(joined.text, values)
    found[joined.at] = filled(joined.text, values).flatMap(commandsOf)
    here = hereDocument(joined.text)
    joined = undefined
  }
  return found
}

interface HereDocument {
  readonly end: string
  /** Whose input it is; absent where it is none of ours. */
  readonly kind: 'nft' | 'iptables' | undefined
  /** Variables in it have their values. */
  readonly expands: boolean
}

function hereDocument(line: string): HereDocument | undefined {
  const match = /<<-?\s*(\\|["']?)(\w+)/.exec(line)
  if (!match) return undefined
  const kind = /\bnft\b/.test(line)
    ? 'nft'
    : /\bip6?tables(-\w+)*\b/.test(line)
      ? 'iptables'
      : undefined
  return { end: match[2]!, kind, expands: match[1] === '' }
}

const ASSIGNMENT =
  /(?:^|[;\s])(?:export\s+|local\s+|readonly\s+)?([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s;]*)/g
const LOOP = /\bfor\s+(\w+)\s+in\s+([^;]+?)\s*(?:;|$)/

/** What `NAME=value` and `for NAME in a b` say; values that are the work of commands are not known. */
function assign(line: string, values: Map<string, readonly string[]>): void {
  for (const [, name, value] of line.matchAll(ASSIGNMENT)) {
    const known = filled(unquoted(value!), values)
    if (!known.some((text) => /[$`]/.test(text))) values.set(name!, known)
  }
  const loop = LOOP.exec(line)
  if (loop) values.set(loop[1]!, filled(loop[2]!, values).flatMap(shellWords))
}

const MAX_FILLINGS = 16

/** The line with its variables' values, once for each value that they may have. */
function filled(line: string, values: Values): string[] {
  let lines = [line]
  for (const [, name] of line.matchAll(/\$\{?([A-Za-z_]\w*)/g)) {
    const pattern = new RegExp(`\\$(?:${name}\\b|\\{${name}(?::?[-=][^}]*)?\\})`, 'g')
    const known = values.get(name!) ?? defaultsIn(line, name!)
    if (known.length > 0)
      lines = lines.flatMap((one) => known.map((value) => one.replace(pattern, () => value)))
  }
  return [...new Set(lines)].slice(0, MAX_FILLINGS)
}

/** `${WAN:-eth0}` */
function defaultsIn(line: string, name: string): string[] {
  const [, value] = new RegExp(`\\$\\{${name}:?[-=]([^}]*)\\}`).exec(line) ?? []
  return value === undefined ? [] : [value]
}

const COMMAND =
  /(?:^|[;&|({]|\bthen|\bdo|\belse|\bsudo|\bexec)\s*(?:\S*\/)?(nft|ip6?tables(?:-\w+)*|ip)\s+/g

/** Commands of one line: each up to where the next begins. */
function commandsOf(line: string): Command[] {
  const bare = line.replace(/(^|\s)#.*$/, '')
  const starts = [...bare.matchAll(COMMAND)]
  return starts.flatMap((match, i) => {
    const rest = bare.slice(match.index + match[0].length, starts[i + 1]?.index)
    return commandOf(match[1]!, rest)
  })
}

function commandOf(program: string, rest: string): Command[] {
  if (program === 'ip') return [{ kind: 'ip', text: rest }]
  if (program !== 'nft') return [{ kind: 'iptables', text: rest }]
  // The shell takes its own quotation marks away, and with them those of nft's
  // strings; the names in these do without.
  const words = shellWords(rest).filter((word) => !/^(--?\w[\w-]*|<<.*)$/.test(word))
  return words.length === 0 ? [] : [{ kind: 'nft', text: words.join(' ') }]
}

/** `ip addr add 10.0.0.1/24 dev eth0` is the firewall's own; `ip route add 10.9.0.0/16 dev eth1` lies there. */
function ipMentions(text: string, line: number): Mention[] {
  const words = shellWords(text)
  const named = interfaceFor(words[words.indexOf('dev') + 1] ?? '', '*')
  if (!words.includes('dev') || !named) return []
  const isAddress = words.some((word) => /^a(ddr(ess)?)?$/.test(word))
  const to = words.map(prefixOfOwn(isAddress)).find((prefix) => prefix !== undefined)
  const side: InterfaceMention['side'] = isAddress ? 'in' : 'out'
  return [
    {
      line,
      hook: isAddress ? 'input' : 'forward',
      interfaces: [{ ...named, side, negated: false }],
      addresses: to ? [{ prefix: to, side: 'to', negated: false }] : [],
      translations: [],
      blocks: false,
    },
  ]
}

const prefixOfOwn = (isAddress: boolean) => (word: string) =>
  prefixIn(isAddress ? word.replace(/\/\d+$/, '') : word)
