/** iptables-save output or iptables commands → the interfaces and addresses they mention. */
import type { Prefix } from '../../net/address.ts'
import { prefixIn } from '../../net/prefix.ts'
import {
  type AddressMention,
  type BaseChain,
  type InterfaceMention,
  interfaceFor,
  type Mention,
  type Mentions,
  type Translation,
} from './mention.ts'
import { shellWords } from './shell-words.ts'

const HOOKS: Readonly<Record<string, string>> = {
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  PREROUTING: 'prerouting',
  POSTROUTING: 'postrouting',
}

export function iptablesMentions(text: string): Mentions {
  const mentions: Mention[] = []
  const chains: BaseChain[] = []
  let table = 'filter'
  for (const [i, line] of text.split('\n').entries()) {
    const header = /^\*(\w+)/.exec(line)
    const policy = /^:(\w+) (DROP|REJECT)/.exec(line)
    if (header) table = header[1]!
    else if (policy) chains.push(...baseChain(table, policy[1]!, i + 1))
    else if (/(^|\s)-/.test(line)) {
      const rule = ruleOf(shellWords(line.replace(/^\[\d+:\d+\] /, '')), i + 1)
      mentions.push(...(rule.mention ? [rule.mention] : []))
      chains.push(...baseChain(rule.table ?? table, rule.chain ?? '', i + 1))
    }
  }
  return { mentions, chains }
}

function baseChain(table: string, chain: string, line: number): BaseChain[] {
  const hook = HOOKS[chain]
  return hook === undefined ? [] : [{ type: table === 'nat' ? 'nat' : 'filter', hook, line }]
}

interface IptablesRule {
  readonly mention?: Mention
  readonly chain?: string
  readonly table?: string
}

const SIDES: Readonly<Record<string, InterfaceMention['side']>> = {
  '-i': 'in',
  '--in-interface': 'in',
  '-o': 'out',
  '--out-interface': 'out',
  '--physdev-in': 'other',
  '--physdev-out': 'other',
}

const ENDS: Readonly<Record<string, AddressMention['side']>> = {
  '-s': 'from',
  '--src': 'from',
  '--source': 'from',
  '--src-range': 'from',
  '-d': 'to',
  '--dst': 'to',
  '--destination': 'to',
  '--dst-range': 'to',
}

const TARGETS: Readonly<Record<string, Translation['kind']>> = {
  '--to-source': 'snat',
  '--to-destination': 'dnat',
  '--on-ip': 'tproxy',
}

const CHAIN = /^(-A|-I|-P|-R|--append|--insert|--policy|--replace)$/

function ruleOf(words: readonly string[], line: number): IptablesRule {
  const options = optionsIn(words)
  const first = (names: RegExp): string | undefined =>
    options.find(({ name }) => names.test(name))?.value
  const chain = first(CHAIN)
  const table = first(/^(-t|--table)$/)
  const hook = HOOKS[chain ?? '']
  const target = first(/^(-j|--jump)$/) ?? ''
  const mention: Mention = {
    line,
    ...(hook === undefined ? {} : { hook }),
    interfaces: options.flatMap(interfaceIn),
    addresses: options.flatMap(addressesIn),
    translations: translationsIn(options, target),
    blocks: /^(DROP|REJECT)$/.test(target),
  }
  const silent =
    mention.interfaces.length + mention.addresses.length + mention.translations.length === 0
  return {
    ...(silent ? {} : { mention }),
    ...(chain === undefined ? {} : { chain }),
    ...(table === undefined ? {} : { table }),
  }
}

interface Option {
  readonly name: string
  readonly value: string
  readonly negated: boolean
}

/** `! -i eth0`, or in the old order `-i ! eth0`. */
function optionsIn(words: readonly string[]): Option[] {
  return words.flatMap((name, i) => {
    if (!/^-/.test(name)) return []
    const inside = words[i + 1] === '!'
    const value = words[i + (inside ? 2 : 1)] ?? ''
    return [{ name, value, negated: inside || words[i - 1] === '!' }]
  })
}

function interfaceIn({ name, value, negated }: Option): InterfaceMention[] {
  const side = SIDES[name]
  const named = side && interfaceFor(value, '+')
  return named ? [{ ...named, side, negated }] : []
}

function addressesIn({ name, value, negated }: Option): AddressMention[] {
  const side = ENDS[name]
  if (!side) return []
  return value.split(',').flatMap((text) => {
    const prefix = prefixIn(text)
    return prefix ? [{ prefix, side, negated }] : []
  })
}

function translationsIn(options: readonly Option[], target: string): Translation[] {
  if (target === 'MASQUERADE') return [{ kind: 'masquerade', to: [] }]
  return options.flatMap(({ name, value }) => {
    const kind = name === '--to' && target === 'NETMAP' ? 'dnat' : TARGETS[name]
    return kind ? [{ kind, to: addressIn(value) }] : []
  })
}

/** `192.168.1.5:8080`, `[fd00::5]:8080`, `198.51.100.4-198.51.100.7:1024-2047`. */
function addressIn(value: string): Prefix[] {
  const bare = value.replace(/^([\d./-]+):[\d-]*$/, '$1').replace(/^(\[.*\]):[\d-]*$/, '$1')
  const prefix = prefixIn(bare)
  return prefix ? [prefix] : []
}
