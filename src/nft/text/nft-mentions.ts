/** nftables text → the interfaces and addresses it mentions. */
import type { Element } from './elements.ts'
import type { InterfaceMention, Mention, Mentions } from './mention.ts'
import { mentionsOfRule, nameIn } from './rule.ts'
import { type Field, selectorsAt } from './selector.ts'
import { type NftSet, type Structure, structureOf } from './structure.ts'
import type { Token } from './tokens.ts'

export function nftMentions(text: string): Mentions {
  const structure = structureOf(text)
  const byKey = new Map(structure.sets.map((set) => [set.key, set]))
  const mentions = structure.rules.flatMap(({ chain, tokens }) => {
    const table = chain.key.slice(0, chain.key.lastIndexOf(' '))
    const sets = (name: string): readonly Element[] => byKey.get(`${table} ${name}`)?.elements ?? []
    return mentionsOfRule(tokens, sets, chain.hook)
  })
  const chains = structure.chains.flatMap(({ type, hook, line }) =>
    type === undefined || hook === undefined ? [] : [{ type, hook, line }],
  )
  return { mentions: inOrder([...mentions, ...devices(structure), ...setNames(structure)]), chains }
}

const inOrder = (mentions: readonly Mention[]): Mention[] =>
  mentions.toSorted((a, b) => a.line - b.line)

function devices({ devices }: Structure): Mention[] {
  return devices.flatMap((token) => nameMention(token, 'in'))
}

/** Names in sets, however the sets are used. */
function setNames({ sets }: Structure): Mention[] {
  return sets.flatMap((set) => {
    const places = namePlaces(set)
    return set.elements.flatMap(({ key }) =>
      places.flatMap((place) => (key[place] ? nameMention(key[place], 'other') : [])),
    )
  })
}

function nameMention(token: Token, side: InterfaceMention['side']): Mention[] {
  const named = nameIn(token)
  if (!named) return []
  const interfaces = [{ ...named, side, negated: false }]
  return [{ line: token.line, interfaces, addresses: [], translations: [], blocks: false }]
}

/**
 * The parts of a set's key that hold interface names: `type ifname . ipv4_addr`, `typeof iifname`.
 */
function namePlaces({ keyType: [word, ...key] }: NftSet): number[] {
  const fields = word?.text === 'typeof' ? selectorsAt(key, 0)?.fields : typeFields(key)
  return (fields ?? []).flatMap((field, i) => (NOT_NAMES.has(field) ? [] : [i]))
}

const NOT_NAMES: ReadonlySet<Field> = new Set(['other', 'from', 'to'])

const typeFields = (key: readonly Token[]): Field[] =>
  key
    .filter(({ text }) => text !== '.')
    .map(({ text }) => (text === 'ifname' || text === 'iface_index' ? 'interface' : 'other'))
