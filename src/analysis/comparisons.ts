/** One rule → its comparisons, each of one field. */
import type { Family } from '../net/protocol.ts'
import { valuesOf } from '../nft/constants.ts'
import { bare, groupsOf, isSet, mapsIn } from '../nft/elements.ts'
import type { Comparison, InterfaceComparison, Opaque, RulePlace } from '../nft/facts.ts'
import { isObject, type Json, listOf, textIn } from '../nft/json.ts'
import { type NumberOperand, type Operand, operandOf } from '../nft/operand.ts'
import type { Rule } from '../nft/rule.ts'
import { familyOf } from '../nft/rule-family.ts'
import { type Ruleset, setKey } from '../nft/rules.ts'
import { protocolNumber } from '../nft/symbols.ts'
import { UNVARIED_OPTIONS } from './not-varied.ts'

export interface RuleComparisons {
  readonly comparisons: readonly Comparison[]
  readonly interfaces: readonly InterfaceComparison[]
  readonly opaque: readonly Opaque[]
  /** The modulus of each numgen. */
  readonly turns: readonly { readonly kind: 'turns' | 'random'; readonly count: number }[]
  /** Sets that the rule compares. */
  readonly sets: readonly string[]
}

// Extensions of xtables whose options are read completely.
const EXPLAINED = new Set(
  'tcp udp udplite sctp dccp multiport iprange length ttl hl mark icmp icmp6 dscp conntrack state comment limit hashlimit connlimit quota recent statistic'.split(
    ' ',
  ),
)

/** Compares the fields on the left with the keys on the right. */
interface Question {
  readonly left: unknown
  readonly op: string
  readonly right: unknown
}

export function comparisonsIn(rule: Rule, ruleset: Ruleset): RuleComparisons {
  const asked = new Asked(rule, ruleset)
  for (const statement of rule.statements) asked.statement(statement)
  return asked.done()
}

class Asked {
  readonly #where: RulePlace
  readonly #ruleset: Ruleset
  readonly #family: Family | undefined
  readonly #comparisons: Comparison[] = []
  /** Single protocols that the rule matches, with the family. */
  readonly #protocols = new Set<string>()
  readonly #interfaces: InterfaceComparison[] = []
  readonly #opaque = new Map<string, Opaque>()
  readonly #turns: { kind: 'turns' | 'random'; count: number }[] = []
  readonly #sets: string[] = []

  constructor(rule: Rule, ruleset: Ruleset) {
    this.#where = rule.where
    this.#ruleset = ruleset
    this.#family = familyOf(rule)
  }

  done(): RuleComparisons {
    return {
      comparisons: this.#comparisons,
      interfaces: this.#interfaces,
      opaque: [...this.#opaque.values()],
      turns: this.#turns,
      sets: this.#sets,
    }
  }

  statement(statement: Json): void {
    const [kind, value] = Object.entries(statement)[0] ?? ['', undefined]
    if (kind === 'xt') this.#foreign(value)
    else if (kind === 'match' && isObject(value))
      this.#ask({ left: value.left, op: textIn(value, 'op') ?? '==', right: value.right })
    for (const map of mapsIn(statement)) this.#ask({ left: map.key, op: '==', right: map.data })
  }

  #foreign(value: unknown): void {
    const name = isObject(value) && value.type === 'match' ? textIn(value, 'name') : undefined
    if (name === undefined) return
    const { text } = this.#where
    const isUntold =
      new RegExp(`\\bxt match ${name}\\b| tcp option `).test(text) || UNVARIED_OPTIONS.test(text)
    if (!EXPLAINED.has(name) || isUntold) this.#tell(`xt ${name}`)
  }

  #tell(what: string): void {
    this.#opaque.set(what, { what, where: this.#where })
  }

  #ask({ left, op, right }: Question): void {
    const elements = this.#elements(right)
    if (isObject(left) && Array.isArray(left.concat)) {
      for (const [i, part] of left.concat.entries())
        for (const values of groupsOf(elements, i))
          this.#one({ left: part, op, right: { set: values } })
    } else if (elements.some(Array.isArray))
      for (const values of groupsOf(elements)) this.#one({ left, op, right: { set: values } })
    else this.#one({ left, op, right: isSet(right) ? { set: elements.map(bare) } : right })
  }

  #elements(right: unknown): readonly unknown[] {
    if (isObject(right) && 'set' in right) return listOf(right.set)
    if (typeof right !== 'string' || !right.startsWith('@')) return []
    const { family, table } = this.#where
    const key = setKey(family, table, right.slice(1))
    this.#sets.push(key)
    return this.#ruleset.sets.get(key)?.elements ?? []
  }

  #one(question: Question): void {
    for (const operand of this.#operands(question.left)) {
      switch (operand.kind) {
        case 'settled':
          break
        case 'opaque':
          this.#tell(operand.what)
          break
        case 'turns':
        case 'random':
          if (!this.#turns.some(({ kind }) => kind === operand.kind)) this.#turns.push(operand)
          break
        case 'interface':
          this.#interface(operand.direction, question.right)
          break
        case 'number':
          this.#number(operand, question)
          break
        default:
          throw new Error(`unknown operand ${operand satisfies never}`)
      }
    }
  }

  // Some fields have another offset in each family's header.
  #operands(left: unknown): Operand[] {
    const operand = operandOf(left, this.#family)
    if (operand.kind !== 'opaque' || this.#family) return [operand]
    const each = ([4, 6] as const).map((family) => operandOf(left, family))
    const known = each.filter((one) => one.kind === 'number')
    return known.length > 0 ? known : [operand]
  }

  #interface(direction: 'in' | 'out', right: unknown): void {
    const names = (isObject(right) && 'set' in right ? listOf(right.set) : listOf(right)).map(
      String,
    )
    this.#interfaces.push({ direction, names, where: this.#where })
  }

  #number(operand: NumberOperand, { op, right }: Question): void {
    const values = valuesOf(operand, op, right)
    const { field, protocol } = operand
    const family = operand.family ?? this.#family
    if (!values) {
      this.#tell(field)
      return
    }
    this.#comparisons.push({
      field,
      ...(family && { family }),
      ...(protocol && { protocol }),
      ...values,
      where: this.#where,
    })
    const [first] = values.intervals
    if (field === 'protocol' && first && first[0] === first[1])
      this.#protocols.add(`${family} ${first[0]}`)
    this.#implied(protocol, family)
  }

  /** A rule that compares a TCP port matches only TCP. */
  #implied(protocol: string | undefined, family: Family | undefined): void {
    const number = protocol === undefined ? undefined : protocolNumber(protocol)
    if (number === undefined) return
    const key = `${family} ${number}`
    if (this.#protocols.has(key)) return
    this.#protocols.add(key)
    this.#comparisons.push({
      field: 'protocol',
      ...(family && { family }),
      intervals: [[number, number]],
      where: this.#where,
    })
  }
}
