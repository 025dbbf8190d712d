/**
 * Tables, chains, sets and objects with other names in two rulesets: they are the same if their
 * contents are, whatever their names.
 */

import { savedWithoutComment } from '../analysis/not-varied.ts'
import type { Chain, Chains } from '../nft/chains.ts'
import { bare } from '../nft/elements.ts'
import type { RulePlace } from '../nft/facts.ts'
import { isObject, listOf, within } from '../nft/json.ts'
import { type NamedSet, OBJECTS } from '../nft/rules.ts'
import type { SetSettings } from '../nft/set-settings.ts'
import type { Side } from '../result/changed-rules.ts'
import type { AskedAtom } from './asked-atom.ts'
import { COMMON } from './common.ts'

type AtomsOf = Readonly<Record<Side, ReadonlyMap<string, readonly AskedAtom[]>>>

export class Names {
  readonly #sides: Readonly<Record<Side, Chains>>
  readonly #contents = new Map<string, string>()
  readonly #chains = new Map<string, string>()
  readonly #shorts = new Map<string, number>()
  #atoms: AtomsOf | undefined

  constructor(old: Chains, young: Chains) {
    this.#sides = { old, new: young }
  }

  /**
   * The elements of a set to split, by key: those that the other ruleset's set of this name lacks,
   * and one that represents all others. Undefined if both sets are equal.
   */
  elements(side: Side, key: string): readonly unknown[] | undefined {
    const own = this.#sides[side].ruleset.sets.get(key)?.elements
    const other = this.#sides[side === 'old' ? 'new' : 'old'].ruleset.sets.get(key)?.elements
    if (!own || !other) return own && own.length > 0 ? own : undefined
    if (this.#content('old', key) === this.#content('new', key)) return undefined
    // Then its elements alone do not tell the difference.
    if (this.settings('old', key)?.text !== this.settings('new', key)?.text) return undefined
    if (own.some(Array.isArray) || other.some(Array.isArray)) return own
    const known = new Set(other.map(elementText))
    const mine = own.filter((element) => !known.has(elementText(element)))
    const common = own.length - mine.length
    return common === 0 ? mine : [...mine, { [COMMON]: key }]
  }

  /** What a set has besides its elements, if it has anything. */
  settings(side: Side, key: string): SetSettings | undefined {
    const found = this.#sides[side].ruleset.sets.get(key)?.settings
    return found && found.words.length > 0 ? found : undefined
  }

  keyOf(side: Side, { atom, saved, isForeign }: AskedAtom): string {
    const { family, table } = atom.where
    if (isForeign && saved !== undefined)
      return savedWithoutComment(saved).replace(
        /-([jg]) (\S+)/,
        (_, how, name) =>
          `-${how} ${this.#target(side, `${family} ${table}`, name, atom.where.handle === undefined)}`,
      )
    return this.plain(side, atom.where, [atom.conditions, atom.acts])
  }

  /** As text, with names of sets, objects and chains replaced by their contents. */
  plain(side: Side, { family, table }: RulePlace, statement: unknown): string {
    return JSON.stringify(statement, (name, value) =>
      this.#plain(side, `${family} ${table}`, { name, value }),
    )
  }

  #plain(side: Side, table: string, { name, value }: { name: string; value: unknown }): unknown {
    if (typeof value === 'string' && value.startsWith('@'))
      return `@${this.#content(side, `${table} ${value.slice(1)}`)}`
    if (name === 'target' && typeof value === 'string')
      return this.#target(side, table, value, false)
    if (!OBJECTS.includes(name)) return value
    if (typeof value === 'string') return this.#object(side, `${name} ${table} ${value}`) ?? value
    const map = within(value, 'map')
    const elements = isObject(map?.data) ? listOf(map.data.set) : []
    if (elements.length === 0) return value
    const data = { set: elements.map((one) => this.#resolved(side, `${name} ${table}`, one)) }
    return { map: { ...map, data } }
  }

  /** An element of a map, with the object that it names. */
  #resolved(side: Side, kind: string, element: unknown): unknown {
    if (!Array.isArray(element)) return element
    return [element[0], this.#object(side, `${kind} ${element[1]}`) ?? element[1]]
  }

  /** Equal for sets with equal elements and settings. */
  #content(side: Side, key: string): string {
    const known = this.#contents.get(`${side} ${key}`)
    if (known !== undefined) return known
    const { sets, flowtables } = this.#sides[side].ruleset
    const set = sets.get(key)
    const content = set ? this.#contentOf(side, key, set) : (flowtables.get(key) ?? key)
    const short = this.#short(content)
    this.#contents.set(`${side} ${key}`, short)
    return short
  }

  #contentOf(side: Side, key: string, { elements, isTimed, settings, maps }: NamedSet): string {
    const table = key.split(' ').slice(0, 2).join(' ')
    const own =
      maps !== undefined && OBJECTS.includes(maps)
        ? elements.map((one) => this.#resolved(side, `${maps} ${table}`, one))
        : elements
    return `${isTimed ? 'timed ' : ''}${settings.text}${own.map(elementText).sort().join(' ')}`
  }

  /** Equal for equal text in both rulesets. */
  #short(text: string): string {
    const known = this.#shorts.get(text) ?? this.#shorts.size
    this.#shorts.set(text, known)
    return `#${known}`
  }

  #object(side: Side, key: string): string | undefined {
    const object = this.#sides[side].ruleset.objects.get(key)
    if (!object) return undefined
    const { family: _, table: _t, name: _n, handle: _h, used: _u, ...rest } = object
    return JSON.stringify(rest)
  }

  /** A chain of both rulesets is identified by its name, a chain of one by its contents. */
  #target(side: Side, table: string, name: string, isLegacy: boolean): string {
    const key = `${isLegacy ? 'legacy ' : ''}${table} ${name}`
    const other = side === 'old' ? 'new' : 'old'
    if (this.#sides[other].chains.has(key)) return name
    return this.#inside(side, key)
  }

  #inside(side: Side, key: string): string {
    const known = this.#chains.get(`${side} ${key}`)
    if (known !== undefined) return known
    this.#chains.set(`${side} ${key}`, key) // set during the computation
    const atoms = this.#atoms?.[side].get(key) ?? []
    const text = this.#short(
      atoms
        .filter(({ isIdle }) => !isIdle)
        .map((asked) => this.keyOf(side, asked))
        .join('\n'),
    )
    const found = `chain ${text}`
    this.#chains.set(`${side} ${key}`, found)
    return found
  }

  /** Pairs of corresponding chains, and chains of one ruleset only. */
  pairs(atoms: AtomsOf): (readonly [Chain | undefined, Chain | undefined])[] {
    this.#atoms = atoms
    const [old, young] = [this.#sides.old.chains, this.#sides.new.chains]
    const left = { old: new Map(old), new: new Map(young) }
    const found: [Chain | undefined, Chain | undefined][] = []
    const pair = (before: Chain, after: Chain): void => {
      found.push([before, after])
      left.old.delete(before.key)
      left.new.delete(after.key)
    }
    for (const [key, chain] of old) if (young.has(key)) pair(chain, young.get(key)!)
    for (const likeness of [likeness1, likeness2, likeness3]) {
      const others = Map.groupBy(left.new.values(), (chain) =>
        likeness(chain, this.#inside('new', chain.key)),
      )
      for (const chain of [...left.old.values()]) {
        const other = others.get(likeness(chain, this.#inside('old', chain.key)))?.shift()
        if (other) pair(chain, other)
      }
    }
    return [
      ...found,
      ...[...left.old.values()].map((chain) => [chain, undefined] as const),
      ...[...left.new.values()].map((chain) => [undefined, chain] as const),
    ]
  }
}

const elementText = (element: unknown): string =>
  JSON.stringify(Array.isArray(element) ? [bare(element[0]), element[1]] : bare(element))

/** Chains with equal contents first, then base chains at the same hook and priority. */
const likeness1 = ({ base }: Chain, inside: string): string =>
  `${base ? `${base.hook} ${base.type} ${base.priority} ${base.devices ?? ''}` : ''} ${inside}`
const likeness2 = (chain: Chain): string => `${likeness3(chain)} ${chain.base?.devices ?? ''}`
const likeness3 = ({ key, base, family }: Chain): string =>
  base ? `${family} ${base.hook} ${base.type} ${base.priority}` : key
