/**
 * A shell script → the interfaces and addresses it mentions, as far as that is visible without
 * running it: nft and iptables commands, rulesets in here-documents, `ip` commands, and variables
 * with literal values.
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
  // One command a line, because iptables has no separator.
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

/** The relevant commands of every line. Commands of joined lines count to the first line. */
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
  /** The command that reads it; absent for other commands. */
  readonly kind: 'nft' | 'iptables' | undefined
  /** Its variables have been replaced by their values. */
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

/** Assignments `NAME=value` and `for NAME in a b`. The output of commands is unknown. */
function assign(line: string, values: Map<string, readonly string[]>): void {
  for (const [, name, value] of line.matchAll(ASSIGNMENT)) {
    const known = filled(unquoted(value!), values)
    if (!known.some((text) => /[$`]/.test(text))) values.set(name!, known)
  }
  const loop = LOOP.exec(line)
  if (loop) values.set(loop[1]!, filled(loop[2]!, values).flatMap(shellWords))
}

const MAX_FILLINGS = 16

/** The line with its variables replaced, once for each possible value. */
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

/** The commands of one line: each up to the beginning of the next. */
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
  // The shell removes its own quotation marks, and with them those of nft's strings. The names in
  // these need none.
  const words = shellWords(rest).filter((word) => !/^(--?\w[\w-]*|<<.*)$/.test(word))
  return words.length === 0 ? [] : [{ kind: 'nft', text: words.join(' ') }]
}

/**
 * `ip addr add 10.0.0.1/24 dev eth0` is an address of the firewall. `ip route add 10.9.0.0/16 dev
 * eth1` is a network behind eth1.
 */
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
