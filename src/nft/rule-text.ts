/**
 * A rule as nft lists it → its comparisons and translations, in the form of nft's JSON. Rules of
 * iptables-nft need it: their JSON says `xt`, and the listing says more. Unknown parts are skipped.
 */

import type { Json } from './json.ts'
import { type Token, tokensOf } from './text/tokens.ts'

const HEADERS = ['ip', 'ip6', 'tcp', 'udp', 'udplite', 'sctp', 'dccp', 'th', 'icmp', 'icmpv6']
const OPERATORS: Readonly<Record<string, string>> = {
  '!=': '!=',
  '==': '==',
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
  lt: '<',
  gt: '>',
  le: '<=',
  ge: '>=',
}
const BARE_META = ['iif', 'oif', 'iifname', 'oifname', 'mark']

/** `ip`: the family of the table's addresses. */
export function statementsOfText(text: string, ip: 'ip' | 'ip6' = 'ip'): Json[] {
  const reader = new Reader(tokensOf(text).map(wordOf))
  const found: Json[] = []
  while (!reader.isDone && reader.peek() !== 'reject') {
    if (reader.skip('xt')) reader.drop(2) // `xt match NAME`: the listing does not show its arguments
    const statement = matchAt(reader, ip) ?? natAt(reader) ?? statefulAt(reader)
    if (statement) found.push(statement)
    else reader.take()
  }
  return found
}

// Strings are marked, so words in a comment are not read as keywords.
const wordOf = ({ kind, text }: Token): string => (kind === 'string' ? `"${text}` : text)
const bare = (word: string): string => (word.startsWith('"') ? word.slice(1) : word)

class Reader {
  readonly #words: readonly string[]
  #at = 0
  constructor(words: readonly string[]) {
    this.#words = words
  }
  get isDone(): boolean {
    return this.#at >= this.#words.length
  }
  peek(ahead = 0): string {
    return this.#words[this.#at + ahead] ?? ''
  }
  take(): string {
    return this.#words[this.#at++] ?? ''
  }
  drop(words: number): void {
    this.#at += words
  }
  skip(word: string): boolean {
    if (this.peek() !== word) return false
    this.#at++
    return true
  }
  mark(): () => void {
    const at = this.#at
    return () => {
      this.#at = at
    }
  }
}

function matchAt(reader: Reader, ip: string): Json | undefined {
  const back = reader.mark()
  const lefts: unknown[] = []
  do {
    const left = leftAt(reader, ip)
    if (!left) break
    lefts.push(left)
  } while (reader.skip('.'))
  const op = OPERATORS[reader.peek()]
  if (op) reader.take()
  const right = lefts.length > 0 && reader.peek() !== 'set' ? rightAt(reader) : undefined
  if (right === undefined) {
    back()
    return undefined
  }
  const left = lefts.length > 1 ? { concat: lefts } : lefts[0]
  if (!reader.skip('/')) return { match: { op: op ?? '==', left, right } }
  return { match: { op: op ?? '==', left: { '&': [left, rightAt(reader)] }, right } }
}

function leftAt(reader: Reader, ip: string): Json | undefined {
  const left = plainLeftAt(reader, ip)
  if (!left || !reader.skip('&')) return left
  return { '&': [left, single(reader.take())] }
}

function plainLeftAt(reader: Reader, ip: string): Json | undefined {
  const [first, second, third] = [reader.peek(), reader.peek(1), reader.peek(2)]
  const took = (words: number, left: Json): Json => {
    for (let i = 0; i < words; i++) reader.take()
    return left
  }
  if (first === 'meta') return took(2, { meta: { key: second } })
  if (BARE_META.includes(first)) return took(1, { meta: { key: first } })
  if (first === 'ct' && ['original', 'reply'].includes(second))
    return took(3, { ct: { dir: second, key: third.includes('addr') ? `${ip} ${third}` : third } })
  if (first === 'ct') return took(2, { ct: { key: second } })
  return HEADERS.includes(first) && /^[a-z-]+$/.test(second) && second !== 'option'
    ? took(2, { payload: { protocol: first, field: second } })
    : undefined
}

function rightAt(reader: Reader): unknown {
  if (!reader.skip('{')) return listAt(reader)
  const set: unknown[] = []
  while (!reader.isDone && !reader.skip('}')) {
    const parts = [single(reader.take())]
    while (reader.skip('.')) parts.push(single(reader.take()))
    set.push(parts.length > 1 ? { concat: parts } : parts[0])
    reader.skip(',')
  }
  return { set }
}

function listAt(reader: Reader): unknown {
  const first = reader.take()
  if (!/^["@\w:.*-]/.test(first) || first === '') return undefined
  const list = [single(first)]
  while (reader.skip(',')) list.push(single(reader.take()))
  return list.length > 1 ? list : list[0]
}

/** A number, name, address, prefix or range. */
export function single(word: string): unknown {
  const text = bare(word)
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text)) return Number(text)
  const [, addr, len] = /^([\d.]+|[\da-f:.]*:[\da-f:.]*)\/(\d+)$/i.exec(text) ?? []
  if (addr) return { prefix: { addr, len: Number(len) } }
  const [, from, to] = /^([\da-fx:.]*[\d:][\da-fx:.]*)-([\da-fx:.]+)$/i.exec(text) ?? []
  if (from && to && !word.startsWith('"')) return { range: [single(from), single(to)] }
  return text
}

const NAT = ['dnat', 'snat', 'redirect', 'masquerade', 'tproxy']

function natAt(reader: Reader): Json | undefined {
  const kind = reader.peek()
  if (!NAT.includes(kind)) return undefined
  reader.take()
  const family = ['ip', 'ip6'].includes(reader.peek()) ? { family: reader.take() } : {}
  if (!reader.skip('to')) return { [kind]: null }
  return { [kind]: { ...family, ...targetOf(reader.take()) } }
}

/** `10.0.0.5-10.0.0.9:80-90`, `[2001:db8::1]:80`, `:80`. */
export function targetOf(word: string): Json {
  const v6 = /^\[(.+?)\](?:-\[(.+?)\])?(?::(.+))?$/.exec(word)
  const isOnlyV6 = !v6 && (word.match(/:/g)?.length ?? 0) > 1
  const [, from, to, port] =
    v6 ??
    (isOnlyV6 ? [word, ...word.split('-')] : /^([\d./]*)(?:-([\d.]+))?(?::(.+))?$/.exec(word)) ??
    []
  return {
    ...(from && { addr: to ? { range: [from, to] } : single(from) }),
    ...(port && { port: single(port.split('/')[0]!) }),
  }
}

/** How nft lists the stateful matches of xtables. Limits are in the JSON. */
function statefulAt(reader: Reader): Json | undefined {
  const amount = /^(?:over|until)$/.test(reader.peek(1)) ? 2 : 1
  if (reader.peek() === 'quota' && /^\d+$/.test(reader.peek(amount))) {
    reader.drop(amount)
    return { quota: { val: Number(reader.take()), val_unit: reader.take() } }
  }
  if (reader.peek() !== 'meter') return undefined
  const words: string[] = []
  while (!reader.isDone && words.at(-1) !== '}') words.push(reader.take())
  const text = words.join(' ')
  const rate = /limit rate (over )?(\d+)\s*\/\s*(\w+)/.exec(text)
  const burst = /burst (\d+) packets/.exec(text)
  return rate
    ? { limit: { rate: Number(rate[2]), per: rate[3], burst: Number(burst?.[1] ?? 5) } }
    : { xt: { type: 'match', name: 'hashlimit' } }
}
