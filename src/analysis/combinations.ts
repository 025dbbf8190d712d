/** The possible packets of a path, ordered by how likely they are to find a difference. */

import { flagsText } from '../net/packet.ts'
import type { AddressedPacket } from '../net/packet-fields.ts'
import type { Field } from '../nft/facts.ts'
import {
  type FieldValue,
  type PathSpec,
  type Tier,
  VARIED,
  type Variation,
  type VariedField,
} from './field-values.ts'
import { variationsOf } from './field-variation.ts'

/**
 * How many fields differ from the ordinary packet: none, one, several that one rule compares, any
 * two, more.
 */
export const LEVELS = ['ordinary', 'one field', 'one rule', 'two fields', 'more fields'] as const
export type Level = (typeof LEVELS)[number]
const TIERS: readonly Tier[] = ['plausible', 'spoofed', 'edge']

export interface Combination {
  readonly packet: AddressedPacket
  /** `ordinary`, or the fields that differ: `from 10.0.0.1, source port 53`. */
  readonly label: string
  readonly level: Level
  /** The rank of its most unlikely value. */
  readonly tier: Tier
  /** Fields that differ from the ordinary packet. */
  readonly fields: readonly VariedField[]
  /** Ascending from 0. Less useful combinations come later. */
  readonly rank: number
}

export interface Combinations extends Iterable<Combination> {
  /** The number of combinations: the product of the fields' values. */
  readonly total: bigint
  /** The number of combinations that differ in exactly these fields, by their names. */
  readonly counts: ReadonlyMap<string, bigint>
  /** Statistics of packets in no combination. */
  readonly omitted: readonly string[]
}

/**
 * A generator, because there can be too many to keep. Empty if an endpoint has no address of the
 * family.
 */
export function combinationsOf(spec: PathSpec): Combinations {
  const variations = variationsOf(spec)
  if (!variations) return { total: 0n, counts: new Map(), omitted: [], *[Symbol.iterator]() {} }
  const varied = variations.filter(({ others }) => others.length > 0)
  const groups = spec.facts.flatMap(({ jointFields }) => jointFields)
  const supports = supportsOf(varied, groups)
  return {
    total: varied.reduce((product, { others }) => product * BigInt(others.length + 1), 1n),
    counts: new Map(
      supports.map(({ fields }) => [
        combinationName(fields),
        fields.reduce((product, { others }) => product * BigInt(others.length), 1n),
      ]),
    ),
    omitted: variations.flatMap(({ omitted }) => omitted),
    *[Symbol.iterator]() {
      const base = ordinaryOf(variations)
      for (const [level] of LEVELS.entries()) {
        const own = supports.filter((support) => support.level === level)
        for (const [tier] of TIERS.entries())
          for (const { fields } of own)
            for (const choices of choicesAt(fields, tier))
              yield combination({ base, fields, choices, level, tier })
      }
    },
  }
}

/** Sets of fields that differ from the ordinary packet together. */
interface Support {
  readonly fields: readonly Variation[]
  readonly level: number
}

function supportsOf(
  varied: readonly Variation[],
  groups: readonly ReadonlySet<Field>[],
): Support[] {
  let all: Variation[][] = [[]]
  for (const one of varied) all = all.concat(all.map((set) => set.concat(one)))
  return all
    .map((fields) => ({ fields, level: levelOf(fields, groups) }))
    .sort((a, b) => a.level - b.level || a.fields.length - b.fields.length)
}

/** The field of rules that each field of packets is compared with. */
export const FIELDS: Readonly<Record<VariedField, Field>> = {
  source: 'source',
  target: 'destination',
  sourcePort: 'sourcePort',
  length: 'length',
  ttl: 'ttl',
  mark: 'mark',
  flags: 'tcpFlags',
  dscp: 'dscp',
  code: 'icmpCode',
}

function levelOf(fields: readonly Variation[], groups: readonly ReadonlySet<Field>[]): number {
  if (fields.length < 2) return fields.length
  if (groups.some((group) => fields.every(({ field }) => group.has(FIELDS[field]))))
    return LEVELS.indexOf('one rule')
  return LEVELS.indexOf(fields.length === 2 ? 'two fields' : 'more fields')
}

/**
 * Every choice of one value for each field whose most unlikely value has this tier, each exactly
 * once. The first field with a value of this tier is iterated: fields before it have more likely
 * values, fields after it at most this tier.
 */
function* choicesAt(fields: readonly Variation[], tier: number): Generator<readonly FieldValue[]> {
  if (fields.length === 0) {
    if (tier === 0) yield []
    return
  }
  const rank = ({ tier: own }: FieldValue): number => TIERS.indexOf(own)
  for (const [at] of fields.entries())
    yield* product(
      fields.map(({ others }, i) =>
        others.filter((choice) =>
          i < at ? rank(choice) < tier : i === at ? rank(choice) === tier : rank(choice) <= tier,
        ),
      ),
    )
}

function* product<T>([first, ...rest]: readonly (readonly T[])[]): Generator<readonly T[]> {
  if (!first) {
    yield []
    return
  }
  for (const one of first) for (const others of product(rest)) yield [one, ...others]
}

const combinationName = (fields: readonly Variation[]): string =>
  fields.map(({ field }) => field).join(', ') || 'ordinary'

function ordinaryOf(variations: readonly Variation[]): AddressedPacket {
  const given = variations.filter(({ ordinary }) => ordinary !== undefined)
  return Object.fromEntries(
    given.map(({ field, ordinary }) => [field, ordinary]),
  ) as unknown as AddressedPacket
}

interface Parts {
  readonly base: AddressedPacket
  readonly fields: readonly Variation[]
  readonly choices: readonly FieldValue[]
  readonly level: number
  readonly tier: number
}

function combination({ base, fields, choices, level, tier }: Parts): Combination {
  const changes = fields.map(({ field }, i) => [field, choices[i]!.value] as const)
  return {
    packet: { ...base, ...Object.fromEntries(changes) },
    label: changes.map(([field, value]) => labelOf(field, value)).join(', ') || 'ordinary',
    level: LEVELS[level]!,
    tier: TIERS[tier]!,
    fields: VARIED.filter((field) => changes.some(([name]) => name === field)),
    rank: level * TIERS.length + tier,
  }
}

const LABELS: Readonly<Record<VariedField, string>> = {
  source: 'from',
  target: 'to',
  sourcePort: 'source port',
  length: 'length',
  ttl: 'TTL',
  mark: 'mark',
  flags: 'flags',
  dscp: 'DSCP',
  code: 'code',
}

const labelOf = (field: VariedField, value: string | number): string =>
  `${LABELS[field]} ${field === 'flags' ? flagsText(Number(value)) : value}`
