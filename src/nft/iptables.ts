/** iptables-save text → rules in the form of nft's JSON, so that one reader handles both. */
import type { Family } from '../net/protocol.ts'
import type { BaseChain, Hook } from './facts.ts'
import type { Json } from './json.ts'
import type { Rule } from './rule.ts'
import { single, targetOf } from './rule-text.ts'
import { protocolNumber } from './symbols.ts'

export interface IptablesRules {
  readonly rules: readonly Rule[]
  readonly bases: readonly BaseChain[]
}

const PRIORITIES: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  nat: -100,
  filter: 0,
  security: 50,
}

export function iptablesRules(texts: Readonly<Partial<Record<Family, string>>>): IptablesRules {
  const tables = ([4, 6] as const).map((family) => tablesOf(family, texts[family] ?? ''))
  return {
    rules: tables.flatMap(({ rules }) => rules),
    bases: tables.flatMap(({ bases }) => bases),
  }
}

function tablesOf(family: Family, text: string): IptablesRules {
  const rules: Rule[] = []
  const chains: Omit<BaseChain, 'isIdle'>[] = []
  const of = family === 4 ? 'ip' : 'ip6'
  let table = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim()
    const base = baseIn(line, of, table)
    if (base) chains.push(base)
    const [, chain, rest] = /^-A (\S+) ?(.*)$/.exec(line) ?? []
    if (chain !== undefined)
      rules.push({
        where: { family: of, table, chain, text: line },
        statements: statementsOf(family, rest ?? ''),
      })
  }
  const isUsed = (chain: Omit<BaseChain, 'isIdle'>): boolean =>
    chain.policy === 'drop' ||
    rules.some(({ where }) => where.table === chain.table && where.chain === chain.name)
  return { rules, bases: chains.map((chain) => ({ ...chain, isIdle: !isUsed(chain) })) }
}

/** A base chain, as `:INPUT DROP` declares it. */
function baseIn(
  line: string,
  family: string,
  table: string,
): Omit<BaseChain, 'isIdle'> | undefined {
  const [, name, policy] = /^:(\S+) (ACCEPT|DROP)/.exec(line) ?? []
  if (!name) return undefined
  return {
    family,
    table,
    name,
    hook: name.toLowerCase() as Hook,
    type: table === 'nat' ? 'nat' : 'filter',
    priority: PRIORITIES[table] ?? 0,
    policy: policy === 'DROP' ? 'drop' : 'accept',
  }
}

interface Option {
  readonly name: string
  readonly isNot: boolean
  readonly values: readonly string[]
  /** The match extension that the option belongs to. */
  readonly module: string
}

/** `! -s 10.0.0.0/8 -m tcp --dport 80` → options with their arguments. */
function optionsOf(text: string): Option[] {
  const words = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => ({
    text: quoted ?? plain!,
    isQuoted: quoted !== undefined,
  }))
  const options: { name: string; isNot: boolean; values: string[]; module: string }[] = []
  let isNot = false
  let module = ''
  for (const word of words) {
    if (!word.isQuoted && word.text === '!') isNot = true
    else if (!word.isQuoted && /^--?[a-z]/.test(word.text)) {
      options.push({ name: word.text, isNot, values: [], module })
      isNot = false
    } else {
      const last = options.at(-1)
      last?.values.push(word.text)
      if (last?.name === '-m') module = word.text
    }
  }
  return options
}

function statementsOf(family: Family, text: string): Json[] {
  const options = optionsOf(text)
  const value = (name: string): string | undefined =>
    options.find((option) => option.name === name)?.values[0]
  const protocol = value('-p') ?? 'th'
  const known = options.flatMap((option) => statement(family, protocol, option))
  const extensions = options
    .filter(({ name }) => name === '-m')
    .map(({ values }) => ({ xt: { type: 'match', name: values[0] ?? '?' } }))
  return [...known, ...extensions, ...targets(options, value)]
}

const matchBy =
  (op: string) =>
  (left: Json, right: unknown, by = op): Json[] => [{ match: { op: by, left, right } }]
const payload = (of: string, field: string): Json => ({ payload: { protocol: of, field } })
const meta = (key: string): Json => ({ meta: { key } })

function statement(
  family: Family,
  protocol: string,
  { name, isNot, values, module }: Option,
): Json[] {
  const [first = ''] = values
  const ip = family === 4 ? 'ip' : 'ip6'
  const op = isNot ? '!=' : '=='
  const match = matchBy(op)
  const ports = protocolNumber(protocol) === undefined ? 'th' : protocol
  switch (name) {
    case '-s':
    case '-d':
      return addressMatch(payload(ip, name === '-s' ? 'saddr' : 'daddr'), op, first)
    case '--src-range':
    case '--dst-range':
      return match(payload(ip, name === '--src-range' ? 'saddr' : 'daddr'), single(first))
    case '--ctorigsrc':
    case '--ctorigdst':
      return addressMatch(payload(ip, name === '--ctorigsrc' ? 'saddr' : 'daddr'), op, first)
    case '-i':
    case '-o':
      return match(meta(name === '-i' ? 'iifname' : 'oifname'), first.replace(/\+$/, '*'))
    case '-p':
      return match(meta('l4proto'), single(first))
    case '--sport':
    case '--sports':
      return match(payload(ports, 'sport'), portSet(first))
    case '--dport':
    case '--dports':
      return match(payload(ports, 'dport'), portSet(first))
    case '--ports':
      return [
        ...match(payload(ports, 'sport'), portSet(first)),
        ...match(payload(ports, 'dport'), portSet(first)),
      ]
    case '--icmp-type':
    case '--icmpv6-type':
      return icmpMatch(name === '--icmp-type' ? 'icmp' : 'icmpv6', op, first)
    default:
      return fieldStatement(family, { name, isNot, values, module })
  }
}

/** The comparison of an option on a field other than addresses and ports. */
function fieldStatement(family: Family, { name, isNot, values, module }: Option): Json[] {
  const [first = '', second = ''] = values
  const ip = family === 4 ? 'ip' : 'ip6'
  const op = isNot ? '!=' : '=='
  const match = matchBy(op)
  switch (name) {
    case '--length':
      return match(meta('length'), spread(first))
    case '--ttl-eq':
    case '--ttl-lt':
    case '--ttl-gt':
    case '--hl-eq':
    case '--hl-lt':
    case '--hl-gt':
      return match(
        payload(ip, family === 4 ? 'ttl' : 'hoplimit'),
        Number(first),
        { eq: op, lt: '<', gt: '>' }[name.slice(-2)]!,
      )
    case '--dscp':
      return match(payload(ip, 'dscp'), single(first))
    case '--mark': {
      if (module !== 'mark') return [] // The mark of a connection has the same form.
      const [mark, mask] = first.split('/')
      return match(mask ? { '&': [meta('mark'), single(mask)] } : meta('mark'), single(mark!))
    }
    case '--tcp-flags':
      return match({ '&': [payload('tcp', 'flags'), flags(first)] }, flags(second))
    case '-f':
      return match(payload('ip', 'frag-off'), 0)
    default:
      return []
  }
}

function addressMatch(left: Json, op: string, text: string): Json[] {
  const [addr, mask] = text.split('/')
  const isMask = mask !== undefined && /[.:]/.test(mask)
  return isMask
    ? [{ match: { op, left: { '&': [left, mask] }, right: addr } }]
    : [{ match: { op, left, right: single(text) } }]
}

function icmpMatch(protocol: string, op: string, text: string): Json[] {
  if (text === 'any') return []
  const [type, code] = text.split('/')
  const of = (field: string, value: string): Json => ({
    match: { op, left: { payload: { protocol, field } }, right: single(value) },
  })
  return [of('type', type!), ...(code === undefined ? [] : [of('code', code)])]
}

const FLAG_BITS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg']

function flags(text: string): unknown {
  if (text === 'NONE') return 0
  return text === 'ALL' ? FLAG_BITS : text.toLowerCase().split(',')
}

/** `22,80:90,1024:` */
const portSet = (text: string): Json => ({ set: text.split(',').map(spread) })

function spread(text: string): unknown {
  const [from, to] = text.split(':')
  return to === undefined ? Number(from) : { range: [Number(from || 0), Number(to || 65535)] }
}

function targets(options: readonly Option[], value: (name: string) => string | undefined): Json[] {
  const target = value('-j')
  const chain = value('-g')
  if (chain !== undefined) return [{ goto: { target: chain } }]
  switch (target) {
    case undefined:
      return []
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return [{ [target.toLowerCase()]: null }]
    case 'DNAT':
      return [{ dnat: targetOf(value('--to-destination') ?? '') }]
    case 'SNAT':
      return [{ snat: targetOf(value('--to-source') ?? '') }]
    case 'MASQUERADE':
      return [{ masquerade: null }]
    case 'REDIRECT':
      return [{ redirect: targetOf(`:${value('--to-ports') ?? ''}`) }]
    case 'NETMAP':
      return [
        {
          [options.some(({ name }) => name === '-o') ? 'snat' : 'dnat']: targetOf(
            value('--to') ?? '',
          ),
        },
      ]
    case 'TPROXY':
      return [{ tproxy: { addr: value('--on-ip'), port: Number(value('--on-port') ?? 0) } }]
    default:
      return [{ jump: { target } }]
  }
}
