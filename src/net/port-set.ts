/**
 * Sets of 16-bit numbers (ports, and the 8-bit ICMP types and IP protocol
 * numbers that fit inside), kept as sorted, disjoint, inclusive ranges.
 */

import { IntervalAlgebra } from './interval-algebra.ts'

/** Inclusive at both ends; 0 ≤ from ≤ to ≤ 65535. */
export interface Range {
  readonly from: number
  readonly to: number
}

export const MAX_PORT = 65535 // 16 bits: RFC 9293 §3.1, RFC 768

/** Thrown for invalid ports. The message has the value and the reason. */
export class PortsError extends Error {
  readonly value: string
  constructor(value: string, why: string) {
    super(`${quoted(value)}: ${why}`)
    this.name = 'PortsError'
    this.value = value
  }
}

const QUOTED = 60

const quoted = (text: string): string =>
  text.length > QUOTED ? `${JSON.stringify(text.slice(0, QUOTED))}…` : JSON.stringify(text)

const RANGES = new IntervalAlgebra<Range>({
  from: ({ from }) => from,
  to: ({ to }) => to,
  make: (from, to) => ({ from: from as number, to: to as number }),
})

/** An immutable set of numbers 0–65535. Port 0 is a legal 16-bit value (RFC 9293 §3.1). */
export class PortSet implements Iterable<number> {
  static readonly empty = new PortSet([])
  static readonly all = new PortSet([{ from: 0, to: MAX_PORT }])

  /** Sorted, disjoint and never adjacent: 1–2 and 3–4 become 1–4. */
  readonly ranges: readonly Range[]

  private constructor(ranges: readonly Range[]) {
    this.ranges = ranges
  }

  /**
   * Any ranges, in any order, overlapping or not. Throws PortsError for numbers outside 0–65535.
   */
  static of(...ranges: readonly (Range | number)[]): PortSet {
    return PortSet.from(ranges)
  }

  /** Like `of`, for lists of any length: the number of arguments of a call is limited. */
  static from(ranges: readonly (Range | number)[]): PortSet {
    const asRanges = ranges.map((r) => (typeof r === 'number' ? { from: r, to: r } : r))
    for (const { from, to } of asRanges) check(from, to)
    return new PortSet(RANGES.normalise(asRanges))
  }

  /**
   * Reads `22`, `1-1024`, `1–1024` and comma-separated lists of these. Throws PortsError with the
   * reason: `70000 is above 65535`.
   */
  static parse(text: string): PortSet {
    return PortSet.from(text.split(',').map((part) => parseRange(part.trim())))
  }

  get size(): number {
    return this.ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0
  }

  has(n: number): boolean {
    return RANGES.placeIn(this.ranges, n) >= 0
  }

  union(other: PortSet): PortSet {
    return new PortSet(RANGES.normalise([...this.ranges, ...other.ranges]))
  }

  intersect(other: PortSet): PortSet {
    return new PortSet(RANGES.intersect(this.ranges, other.ranges))
  }

  /** The numbers of this set that are not in `other`. Empty if `other` contains this set. */
  subtract(other: PortSet): PortSet {
    return new PortSet(RANGES.subtract(this.ranges, other.ranges))
  }

  complement(): PortSet {
    return PortSet.all.subtract(this)
  }

  equals(other: PortSet): boolean {
    return this.toString() === other.toString()
  }

  [Symbol.iterator](): Iterator<number> {
    return numbersIn(this.ranges)
  }

  /** `22,53,1000-2000`, which `parse` reads back. Empty text for the empty set. */
  toString(): string {
    return this.ranges.map((r) => (r.from === r.to ? `${r.from}` : `${r.from}-${r.to}`)).join(',')
  }
}

/**
 * The index of the first range that ends at `n` or later. The number of ranges if none does. Ranges
 * are sorted and disjoint.
 */
export const firstEndingFrom = (ranges: readonly Range[], n: number): number =>
  RANGES.firstEndingFrom(ranges, n)

/** Every number of `ranges`, in order. */
export function* numbersIn(ranges: readonly Range[]): Generator<number> {
  for (const { from, to } of ranges) for (let n = from; n <= to; n++) yield n
}

function parseRange(text: string): Range {
  const match = /^(-?[\d.]+)(?:\s*[-–]\s*(-?[\d.]+))?$/.exec(text)
  if (!match) throw new PortsError(text, 'not a port or a range of ports, like 22 or 1-1024')
  const from = toPort(match[1]!, text)
  return { from, to: match[2] === undefined ? from : toPort(match[2], text, from) }
}

function toPort(digits: string, whole: string, atLeast = 0): number {
  const n = Number(digits)
  const named = digits === whole ? '' : `${digits} `
  if (!Number.isInteger(n)) throw new PortsError(whole, `${named}is not a whole number`.trim())
  if (n > MAX_PORT) throw new PortsError(whole, `${n} is above ${MAX_PORT}`)
  if (n < 0) throw new PortsError(whole, `${n} is below 0`)
  if (n < atLeast)
    throw new PortsError(whole, `the range ends (${n}) before it starts (${atLeast})`)
  return n
}

function check(from: number, to: number): void {
  const text = from === to ? `${from}` : `${from}-${to}`
  toPort(`${to}`, text, toPort(`${from}`, text))
}
