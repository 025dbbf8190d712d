/**
 * nftables text → its chains, sets and rules as tokens, with every define replaced by its value.
 * Blocks and commands (`add rule inet filter input …`) are treated alike. Unknown statements are
 * skipped: the kernel checks the text.
 */
import { type Element, elementsOf } from './elements.ts'
import { type Token, tokensOf } from './tokens.ts'

export interface NftChain {
  readonly key: string
  /** Base chains only. */
  type?: string
  hook?: string
  line: number
}

export interface NftSet {
  readonly key: string
  readonly line: number
  /** The words of `type` or `typeof`, up to the data of a map, that word included. */
  keyType: readonly Token[]
  readonly elements: Element[]
}

export interface NftRule {
  readonly chain: NftChain
  readonly tokens: readonly Token[]
}

export interface Structure {
  readonly chains: readonly NftChain[]
  readonly sets: readonly NftSet[]
  readonly rules: readonly NftRule[]
  /** For base chains in netdev tables and for flow tables. */
  readonly devices: readonly Token[]
}

export function structureOf(text: string): Structure {
  const reader = new Reader()
  reader.read(tokensOf(text))
  return {
    chains: [...reader.chains.values()],
    sets: [...reader.sets.values()],
    rules: reader.rules,
    devices: reader.devices,
  }
}

const FAMILIES = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'])
const VERBS = new Set(['add', 'create', 'insert', 'replace', 'delete', 'destroy', 'reset'])
const BLOCKS = new Set([
  ...['table', 'chain', 'set', 'map', 'flowtable', 'counter', 'quota', 'limit', 'ct'],
  ...['secmark', 'synproxy', 'meter'],
])

type Frame =
  | { readonly kind: 'top' }
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'chain'; readonly chain: NftChain }
  | { readonly kind: 'set'; readonly set: NftSet }
  | { readonly kind: 'other' }

/** 1 for an opening brace, -1 for a closing one. */
function depthOf({ kind, text }: Token): -1 | 0 | 1 {
  if (kind !== 'punctuation') return 0
  if (text === '{') return 1
  return text === '}' ? -1 : 0
}

class Reader {
  readonly chains = new Map<string, NftChain>()
  readonly sets = new Map<string, NftSet>()
  readonly rules: NftRule[] = []
  readonly devices: Token[] = []
  readonly #defines = new Map<string, readonly Token[]>()
  readonly #frames: Frame[] = []
  #statement: Token[] = []

  read(tokens: readonly Token[]): void {
    let depth = 0
    for (const token of tokens) {
      if (depth === 0 && this.#isBorder(token)) continue
      depth += depthOf(token)
      if (token.kind !== 'end') for (const one of this.#resolved(token)) this.#statement.push(one)
    }
    this.#end()
  }

  /**
   * Whether the token opens or closes a block or ends a statement. The statement is then complete.
   */
  #isBorder(token: Token): boolean {
    const depth = depthOf(token)
    if (depth > 0 && this.#isBlock()) this.#open()
    else if (depth < 0) this.#close()
    else if (token.kind === 'end') this.#end()
    else return false
    return true
  }

  get #frame(): Frame {
    return this.#frames.at(-1) ?? { kind: 'top' }
  }

  /** The value of a define has the position of its use. */
  #resolved(token: Token): readonly Token[] {
    const value = token.kind === 'variable' ? this.#defines.get(token.text) : undefined
    return value?.map(({ kind, text }) => ({ ...token, kind, text })) ?? [token]
  }

  /** Within chains and sets, braces hold values. */
  #isBlock(): boolean {
    const { kind } = this.#frame
    if (kind !== 'top' && kind !== 'table') return false
    const [first] = this.#words()
    return first !== undefined && BLOCKS.has(first.text)
  }

  /** The statement without its leading verb. */
  #words(): readonly Token[] {
    const verbs = this.#statement.findIndex(({ text }) => !VERBS.has(text))
    return verbs < 0 ? [] : this.#statement.slice(verbs)
  }

  #open(): void {
    const [what, ...rest] = this.#words()
    this.#statement = []
    this.#frames.push(this.#frameOf(what!, rest))
  }

  #frameOf(what: Token, rest: readonly Token[]): Frame {
    const { table, name } = this.#object(rest)
    switch (what.text) {
      case 'table':
        return { kind: 'table', table: qualifiedKey(rest) }
      case 'chain':
        return { kind: 'chain', chain: this.#chain(`${table} ${name}`, what.line) }
      case 'set':
      case 'map':
        return { kind: 'set', set: this.#set(`${table} ${name}`, what.line) }
      default:
        return { kind: 'other' }
    }
  }

  /** `inet filter input`; within the block of a table, `input` alone. */
  #object(rest: readonly Token[]): { table: string; name: string; words: number } {
    const frame = this.#frame
    if (frame.kind === 'table') return { table: frame.table, name: rest[0]?.text ?? '', words: 1 }
    const words = FAMILIES.has(rest[0]?.text ?? '') ? 3 : 2
    return {
      table: qualifiedKey(rest.slice(0, words - 1)),
      name: rest[words - 1]?.text ?? '',
      words,
    }
  }

  #chain(key: string, line: number): NftChain {
    const chain = this.chains.get(key) ?? { key, line }
    this.chains.set(key, chain)
    return chain
  }

  #set(key: string, line: number): NftSet {
    const set = this.sets.get(key) ?? { key, line, keyType: [], elements: [] }
    this.sets.set(key, set)
    return set
  }

  #close(): void {
    this.#end()
    this.#frames.pop()
  }

  #end(): void {
    const statement = this.#statement
    this.#statement = []
    const [first] = statement
    if (!first) return
    const frame = this.#frame
    if (first.text === 'define' || first.text === 'redefine') this.#define(statement)
    else if (frame.kind === 'chain') this.#inChain(frame.chain, statement)
    else if (frame.kind === 'set') this.#inSet(frame.set, statement)
    else if (frame.kind === 'top') this.#command(statement)
    else this.#findDevices(statement)
  }

  #define(statement: readonly Token[]): void {
    const [, name, equals, ...value] = statement
    if (name && equals?.text === '=') this.#defines.set(name.text, value)
  }

  #inChain(chain: NftChain, statement: readonly Token[]): void {
    const [first, type, hook, name] = statement
    if (first!.text === 'type' && hook?.text === 'hook' && type && name) {
      chain.type = type.text
      chain.hook = name.text
      chain.line = first!.line
      this.#findDevices(statement)
    } else if (first!.text !== 'policy') this.rules.push({ chain, tokens: statement })
  }

  #inSet(set: NftSet, statement: readonly Token[]): void {
    const [first, ...rest] = statement
    if (first!.text === 'type' || first!.text === 'typeof') set.keyType = keyOnly(statement)
    else if (first!.text === 'elements') this.#fill(set, rest)
  }

  #fill(set: NftSet, tokens: readonly Token[]): void {
    const brace = tokens.findIndex(({ text }) => text === '{')
    if (brace < 0) return
    for (const element of elementsOf(tokens, brace).elements) set.elements.push(element)
  }

  #command(statement: readonly Token[]): void {
    const verb = VERBS.has(statement[0]!.text)
    const [what, ...rest] = verb ? statement.slice(1) : statement
    if (!what || /^(delete|destroy|reset)$/.test(statement[0]!.text)) return
    const { table, name, words } = this.#object(rest)
    if (what.text === 'rule') {
      const chain = this.#chain(`${table} ${name}`, what.line)
      this.rules.push({ chain, tokens: withoutHandle(rest.slice(words)) })
    } else if (what.text === 'element') {
      this.#fill(this.#set(`${table} ${name}`, what.line), rest.slice(words))
    }
  }

  #findDevices(statement: readonly Token[]): void {
    const words = statement.map(({ text }) => text)
    const one = statement[words.indexOf('device') + 1]
    if (words.includes('device') && one) this.devices.push(one)
    const many = words.indexOf('devices')
    if (many < 0) return
    const { elements } = elementsOf(statement, words.indexOf('{', many))
    for (const { key } of elements) for (const name of key) this.devices.push(name)
  }
}

/** Without a family, a table has the family `ip` (nft(8), ADDRESS FAMILIES). */
export function qualifiedKey(words: readonly { readonly text: string }[]): string {
  const [first, second] = words
  if (!first) return ''
  return FAMILIES.has(first.text) ? `${first.text} ${second?.text ?? ''}` : `ip ${first.text}`
}

function keyOnly(tokens: readonly Token[]): Token[] {
  const colon = tokens.findIndex(({ text }) => text.endsWith(':'))
  if (colon < 0) return [...tokens]
  const last = tokens[colon]!
  const word = last.text.slice(0, -1)
  return [...tokens.slice(0, colon), ...(word === '' ? [] : [{ ...last, text: word }])]
}

function withoutHandle(tokens: readonly Token[]): readonly Token[] {
  return /^(handle|position|index)$/.test(tokens[0]?.text ?? '') ? tokens.slice(2) : tokens
}
