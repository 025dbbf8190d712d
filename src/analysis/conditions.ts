/**
 * Matches of a rule in nft's JSON → tests that a packet passes or fails. They only choose probes.
 * The kernel decides whether a packet matched.
 */

import { has, type Interval, intersect } from '../net/interval-set.ts'
import type { Family } from '../net/protocol.ts'
import { valuesOf } from '../nft/constants.ts'
import { bare } from '../nft/elements.ts'
import type { Field } from '../nft/facts.ts'
import { isObject, type Json, listOf, textIn, within } from '../nft/json.ts'
import { type Operand, operandOf } from '../nft/operand.ts'
import { protocolNumber } from '../nft/symbols.ts'

export type Test =
  | {
      readonly kind: 'number'
      readonly field: Field
      readonly family?: Family
      readonly intervals: readonly Interval[]
      readonly mask?: bigint | number
      readonly isNot: boolean
    }
  | {
      readonly kind: 'interface'
      readonly direction: 'in' | 'out'
      readonly names: readonly string[]
      readonly isNot: boolean
    }
  /** The state of connection tracking: `new`, `established` … */
  | { readonly kind: 'state'; readonly values: readonly string[]; readonly isNot: boolean }
  | { readonly kind: 'family'; readonly family: Family }
  /** No probe varies it. `what` is for display, `key` is the exact condition. */
  | { readonly kind: 'opaque'; readonly what: string; readonly key: string }

/** The elements of a named set, if the set exists. */
export type Elements = (name: string) => readonly unknown[] | undefined

/**
 * The tests of a statement: a `match` of nft's JSON. Empty if every packet gives the same result.
 */
export function testsOf(match: Json, family: Family | undefined, elements: Elements): Test[] {
  const op = textIn(match, 'op') ?? '=='
  const key = JSON.stringify(match)
  const right = resolved(match.right, elements)
  if (isObject(match.left) && 'concat' in match.left) return concatenated(match, family, elements)
  const operand = operandOf(match.left, family)
  switch (operand.kind) {
    case 'settled':
      return settled(match.left, op, right)
    case 'opaque':
      return [{ kind: 'opaque', what: operand.what, key }]
    case 'turns':
    case 'random':
      return [{ kind: 'opaque', what: 'numgen', key }]
    case 'interface':
      return [
        {
          kind: 'interface',
          direction: operand.direction,
          names: namesIn(right),
          isNot: isNegated(op),
        },
      ]
    case 'number':
      return numbered(operand, { op, right, key, family })
    default:
      throw new Error(`unknown operand ${operand satisfies never}`)
  }
}

const isNegated = (op: string): boolean => op === '!=' || op === '!'

const namesIn = (right: unknown): readonly string[] =>
  (isObject(right) && 'set' in right ? listOf(right.set) : listOf(right)).map(String)

function resolved(right: unknown, elements: Elements): unknown {
  if (typeof right !== 'string' || !right.startsWith('@')) return right
  return { set: (elements(right.slice(1)) ?? []).map(bare) }
}

interface Asked {
  readonly op: string
  readonly right: unknown
  readonly key: string
  readonly family: Family | undefined
}

function numbered(
  operand: Extract<Operand, { kind: 'number' }>,
  { op, right, key, family }: Asked,
): Test[] {
  const values = valuesOf(operand, op, right)
  const of = operand.family ?? family
  if (!values) return [{ kind: 'opaque', what: operand.field, key }]
  const number = operand.protocol === undefined ? undefined : protocolNumber(operand.protocol)
  return [
    {
      kind: 'number',
      field: operand.field,
      ...values,
      ...(of && { family: of }),
      isNot: isNegated(op),
    },
    ...(number === undefined ? [] : [protocolIs(number)]),
    ...(operand.family ? [{ kind: 'family', family: operand.family } as const] : []),
  ]
}

const protocolIs = (number: number): Test => ({
  kind: 'number',
  field: 'protocol',
  intervals: [[number, number]],
  isNot: false,
})

const FAMILY_NAMES: Readonly<Record<string, Family>> = { ipv4: 4, ip: 4, ipv6: 6, ip6: 6 }

function settled(left: unknown, op: string, right: unknown): Test[] {
  if (within(left, 'ct')?.key === 'state')
    return [{ kind: 'state', values: namesIn(right), isNot: isNegated(op) }]
  if (within(left, 'ct')?.key === 'direction') {
    // The packet that opens a flow is not in its reply direction.
    const isReply = namesIn(right).includes('reply') !== isNegated(op)
    return isReply ? [{ kind: 'state', values: ['established', 'related'], isNot: false }] : []
  }
  const family = FAMILY_NAMES[String(right)]
  return family && !isNegated(op) ? [{ kind: 'family', family }] : []
}

/** Each part separately. This accepts more packets than the concatenation itself, never fewer. */
function concatenated(match: Json, family: Family | undefined, elements: Elements): Test[] {
  const op = textIn(match, 'op') ?? '=='
  const parts = listOf((match.left as Json).concat)
  const right = resolved(match.right, elements)
  const all = isObject(right) && 'set' in right ? listOf(right.set) : listOf(right)
  if (isNegated(op)) return []
  return parts.flatMap((left, i) => {
    const set = all.map((element) => {
      const inner = bare(Array.isArray(element) ? element[0] : element)
      return isObject(inner) && Array.isArray(inner.concat) ? inner.concat[i] : inner
    })
    return testsOf({ op: '==', left, right: { set } }, family, elements)
  })
}

export type ConnectionState = 'new' | 'established' | 'related' | 'invalid' | 'untracked'

/** With unknown values, a packet may pass any test of them. */
export interface Packet {
  readonly family: Family
  /** Of connection tracking; undefined where it is not known. */
  readonly state: ConnectionState | undefined
  readonly in?: string | undefined
  readonly out?: string | undefined
  readonly numbers: Readonly<Partial<Record<Field, number | bigint>>>
}

export type Answer = 'yes' | 'maybe' | 'no'

export function answerTo(tests: readonly Test[], packet: Packet): Answer {
  let answer: Answer = 'yes'
  for (const test of tests) {
    const one = answerToOne(test, packet)
    if (one === 'no') return 'no'
    if (one === 'maybe') answer = 'maybe'
  }
  return answer
}

export function answerToOne(test: Test, packet: Packet): Answer {
  switch (test.kind) {
    case 'number': {
      const value = packet.numbers[test.field]
      if (test.family !== undefined && test.family !== packet.family) return 'no'
      if (value === undefined) return 'maybe'
      return told(isIn(test, value) !== test.isNot)
    }
    case 'interface': {
      const link = test.direction === 'in' ? packet.in : packet.out
      // An unknown interface is decided at another hook.
      if (link === undefined) return 'maybe'
      return told(test.names.some((name) => isNamed(link, name)) !== test.isNot)
    }
    case 'state':
      if (packet.state === undefined) return 'maybe'
      return told(test.values.includes(packet.state) !== test.isNot)
    case 'family':
      return told(test.family === packet.family)
    case 'opaque':
      return 'maybe'
    default:
      throw new Error(`unknown test ${test satisfies never}`)
  }
}

const told = (isSo: boolean): Answer => (isSo ? 'yes' : 'no')

function isIn(
  { intervals, mask }: Pick<Extract<Test, { kind: 'number' }>, 'intervals' | 'mask'>,
  value: number | bigint,
): boolean {
  if (mask === undefined) return has(intervals, value)
  const seen = BigInt(value) & BigInt(mask)
  return has(intervals, typeof value === 'bigint' ? seen : Number(seen))
}

/** `eth*` matches every name that begins with `eth`. */
const isNamed = (link: string, name: string): boolean =>
  name.endsWith('*') && !name.endsWith('\\*')
    ? link.startsWith(name.slice(0, -1))
    : link === name.replace(/\\\*$/, '*')

/** Whether certainly no packet passes both sets of tests. */
export function areDisjoint(a: readonly Test[], b: readonly Test[]): boolean {
  return a.some((one) => b.some((other) => exclude(one, other)))
}

function exclude(a: Test, b: Test): boolean {
  if (a.kind === 'family' && b.kind === 'family') return a.family !== b.family
  if (a.kind === 'number' && b.kind === 'number') return excludeNumbers(a, b)
  if (a.kind === 'interface' && b.kind === 'interface')
    return a.direction === b.direction && !a.isNot && !b.isNot && namesDiffer(a.names, b.names)
  return (
    a.kind === 'state' &&
    b.kind === 'state' &&
    !a.isNot &&
    !b.isNot &&
    !a.values.some((value) => b.values.includes(value))
  )
}

function excludeNumbers(
  a: Extract<Test, { kind: 'number' }>,
  b: Extract<Test, { kind: 'number' }>,
): boolean {
  if (a.family !== undefined && b.family !== undefined && a.family !== b.family) return true
  if (a.field !== b.field || a.mask !== undefined || b.mask !== undefined) return false
  if (a.isNot && b.isNot) return false
  if (a.isNot || b.isNot) {
    const [yes, no] = a.isNot ? [b, a] : [a, b]
    return yes.intervals.every(([from, to]) =>
      no.intervals.some(([first, last]) => first <= from && to <= last),
    )
  }
  return intersect(a.intervals as Interval[], b.intervals as Interval[]).length === 0
}

const namesDiffer = (a: readonly string[], b: readonly string[]): boolean =>
  !a.some((one) => b.some((other) => isNamed(one, other) || isNamed(other, one)))
