/** Tokens of one nftables rule → the interfaces and addresses it mentions. */
import type { Prefix } from '../../net/address.ts'
import { prefixIn } from '../../net/prefix.ts'
import { type Element, elementParts, elementsOf } from './elements.ts'
import {
  type AddressMention,
  type InterfaceMention,
  impossibleName,
  interfaceFor,
  type Mention,
  type Translation,
} from './mention.ts'
import { type Field, type Selectors, selectorsAt } from './selector.ts'
import type { Token } from './tokens.ts'

/** The elements of a named set. */
export type Sets = (name: string) => readonly Element[]

/** A match: the compared field and all its values. */
interface Match {
  readonly fields: readonly Field[]
  readonly negated: boolean
  readonly elements: readonly Element[]
}

type Parts = Pick<Mention, 'interfaces' | 'addresses'>

/**
 * The rule itself with all its one-field matches, and one mention for each element of a
 * concatenation or verdict map. Empty if the rule mentions nothing.
 */
export function mentionsOfRule(
  tokens: readonly Token[],
  sets: Sets,
  hook: string | undefined,
): Mention[] {
  const [first] = tokens
  if (first === undefined) return []
  const { matches, translations, blocks } = scan(tokens, sets)
  const base = { line: first.line, ...(hook === undefined ? {} : { hook }) }
  const [single, joined] = [true, false].map((one) =>
    matches.filter((match) => isPlain(match) === one),
  ) as [Match[], Match[]]
  const rule = { ...base, ...merged(single.map(partsIn)), translations, blocks }
  const elements = joined.flatMap((match) =>
    match.elements.map((element) => ({
      ...base,
      ...merged([
        { interfaces: rule.interfaces, addresses: rule.addresses },
        partsOfElement(match, element),
      ]),
      translations: [],
      blocks: blocks || isBlocking(element.data),
    })),
  )
  return [rule, ...elements].filter(saysSomething)
}

const saysSomething = ({ interfaces, addresses, translations }: Mention): boolean =>
  interfaces.length + addresses.length + translations.length > 0

const isPlain = ({ fields, elements }: Match): boolean =>
  fields.length === 1 && elements.every(({ data }) => data.length === 0)

const isBlocking = ([first]: readonly Token[]): boolean =>
  first?.text === 'drop' || first?.text === 'reject'

const merged = (parts: readonly Parts[]): Parts => ({
  interfaces: parts.flatMap(({ interfaces }) => interfaces),
  addresses: parts.flatMap(({ addresses }) => addresses),
})

const partsIn = (match: Match): Parts =>
  merged(match.elements.map((element) => partsOfElement(match, element)))

function partsOfElement({ fields, negated }: Match, { key }: Element): Parts {
  const interfaces: InterfaceMention[] = []
  const addresses: AddressMention[] = []
  for (const [i, field] of fields.entries()) {
    const token = key[i]
    if (!token || field === 'other' || token.kind === 'variable') continue
    if (field === 'from' || field === 'to') {
      const prefix = prefixIn(token.text)
      if (prefix) addresses.push({ prefix, side: field, negated })
    } else {
      const named = nameIn(token)
      if (named)
        interfaces.push({ ...named, side: field === 'interface' ? 'other' : field, negated })
    }
  }
  return { interfaces, addresses }
}

/** The values of a `fib` comparison are not names. */
export function nameIn({ kind, text }: Token): ReturnType<typeof interfaceFor> {
  if (kind === 'punctuation' || (kind === 'word' && /^(missing|exists|@.*)$/.test(text)))
    return undefined
  return interfaceFor(text, '*') ?? (kind === 'string' ? impossibleName(text) : undefined)
}

interface Scan {
  readonly matches: readonly Match[]
  readonly translations: readonly Translation[]
  readonly blocks: boolean
}

const TRANSLATIONS: Readonly<Partial<Record<string, Translation['kind']>>> = {
  __proto__: null as never, // any word of a rule is looked up
  masquerade: 'masquerade',
  snat: 'snat',
  dnat: 'dnat',
  tproxy: 'tproxy',
}

function scan(tokens: readonly Token[], sets: Sets): Scan {
  const matches: Match[] = []
  const translations: Translation[] = []
  let blocks = false
  let at = 0
  while (at < tokens.length) {
    const selectors = selectorsAt(tokens, at)
    if (selectors) {
      const read = matchAt(tokens, selectors, sets)
      matches.push(read.match)
      at = read.next
      continue
    }
    const word = wordAt(tokens, at)
    if (word === 'jump' || word === 'goto') at++ // a chain may have any name
    const translation = TRANSLATIONS[word]
    if (translation) {
      translations.push({ kind: translation, to: targets(tokens.slice(at + 1), sets) })
      break // what follows are its own words
    }
    blocks ||= word === 'drop' || word === 'reject'
    if (word !== '') matches.push(...handedTo(tokens, at))
    at++
  }
  return { matches, translations, blocks }
}

/** Empty where there is no word. */
function wordAt(tokens: readonly Token[], at: number): string {
  const { kind, text } = tokens[at]!
  return kind === 'word' ? text : ''
}

/** `fwd to "eth1"`, `dup to 10.0.0.1 device "eth1"`. */
function handedTo(tokens: readonly Token[], at: number): Match[] {
  const { text } = tokens[at]!
  const isTo = text === 'to' && /^(fwd|dup)$/.test(tokens[at - 1]?.text ?? '')
  const named = isTo || text === 'device' ? tokens[at + 1] : undefined
  if (!named || prefixIn(named.text)) return []
  return [{ fields: ['interface'], negated: false, elements: [{ key: [named], data: [] }] }]
}

interface MatchReading {
  readonly match: Match
  readonly next: number
}

function matchAt(tokens: readonly Token[], { fields, next }: Selectors, sets: Sets): MatchReading {
  let at = next
  const text = (): string => tokens[at]?.text ?? ''
  if (text() === 'map' || text() === 'vmap') at++
  const negated = text() === '!=' || text() === 'ne'
  if (/^(!=|==|<=|>=|<|>|eq|ne|lt|gt|le|ge)$/.test(text())) at++
  const { elements, next: end } = valuesAt(tokens, at, sets)
  return { match: { fields, negated, elements }, next: end }
}

function valuesAt(
  tokens: readonly Token[],
  at: number,
  sets: Sets,
): { readonly elements: readonly Element[]; readonly next: number } {
  const token = tokens[at]
  if (!token) return { elements: [], next: at }
  if (token.kind === 'punctuation' && token.text === '{') return elementsOf(tokens, at)
  if (token.kind === 'word' && token.text.startsWith('@'))
    return { elements: sets(token.text.slice(1)), next: at + 1 }
  let end = at + 1
  while (isJoint(tokens[end])) end += 2
  return { elements: [{ key: elementParts(tokens.slice(at, end)), data: [] }], next: end }
}

/** Separates the parts of a value: a concatenation, a list of flags, a range. */
function isJoint(token: Token | undefined): boolean {
  if (token?.kind === 'word') return token.text === '.' || token.text === '-'
  return token?.kind === 'punctuation' && (token.text === ',' || token.text === '|')
}

/** All addresses after `snat to`, including those of a map. */
function targets(tokens: readonly Token[], sets: Sets): Prefix[] {
  const found: Prefix[] = []
  for (let at = 0; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!
    if (kind === 'string') continue
    if (text === 'map') {
      const { elements, next } = valuesAt(tokens, at + 1, sets)
      for (const { data } of elements) found.push(...addressesIn(data))
      at = next - 1
    } else found.push(...addressesIn([tokens[at]!]))
  }
  return found
}

/** `192.168.1.5`, `192.168.1.5:8080`, `[fd00::5]:8080`. */
function addressesIn(words: readonly Token[]): Prefix[] {
  return words.flatMap(({ text }) => {
    const bare = text.replace(/^([\d.-]+):[\d-]*$/, '$1').replace(/^(\[.*\]):[\d-]*$/, '$1')
    const prefix = prefixIn(bare)
    return prefix ? [prefix] : []
  })
}
