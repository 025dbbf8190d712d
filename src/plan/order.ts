/**
 * Positions of a result's entries in the whole scenario. They are the same in every part of the
 * scenario, so the parts can be joined in this order.
 */

import type { Family } from '../net/protocol.ts'
import type {
  ControlResult,
  FlowResult,
  HandshakeResult,
  OrderResult,
  ScenarioResult,
  SourcePortResult,
  TableResult,
} from '../result/result.ts'

export interface Placed<T> {
  readonly place: number
  readonly value: T
}

/** More than any family has controls. */
const CONTROLS = 2 ** 24

/** A lab has one family: its controls and problems come before those of the other family. */
export function controlPlace(
  family: Family,
  index: number,
  ruleset: ControlResult['ruleset'],
): number {
  return problemPlace(family) - 2 * CONTROLS + index + (ruleset === 'drop-all' ? CONTROLS : 0)
}

/** After all controls of the family. */
const problemPlace = (family: Family): number => (family === 4 ? 1 : 2) * 4 * CONTROLS

export const problem = (family: Family, value: string): Placed<string> => ({
  place: problemPlace(family),
  value,
})

interface Entries {
  readonly controls: ControlResult
  readonly tables: TableResult
  readonly sourcePorts: SourcePortResult
  readonly handshakes: HandshakeResult
  readonly flows: FlowResult
  readonly problems: string
}

export type PlacedEntries = { readonly [K in keyof Entries]: Placed<Entries[K]>[] }

export const noEntries = (): PlacedEntries => ({
  controls: [],
  tables: [],
  sourcePorts: [],
  handshakes: [],
  flows: [],
  problems: [],
})

export interface Arranged {
  readonly facts: Pick<ScenarioResult, keyof Entries>
  readonly order: Omit<OrderResult, 'scenario'>
}

/**
 * Sorts all entries by position, whichever lab was ready first. Entries with equal positions keep
 * their order.
 */
export function arrange(families: readonly PlacedEntries[]): Arranged {
  const sorted = <K extends keyof Entries>(key: K): Placed<Entries[K]>[] =>
    families.flatMap((one) => one[key] as Placed<Entries[K]>[]).sort((a, b) => a.place - b.place)
  const entries = {
    controls: sorted('controls'),
    tables: sorted('tables'),
    sourcePorts: sorted('sourcePorts'),
    handshakes: sorted('handshakes'),
    flows: sorted('flows'),
    problems: sorted('problems'),
  }
  const values = <T>(placed: readonly Placed<T>[]): T[] => placed.map(({ value }) => value)
  const places = (placed: readonly Placed<unknown>[]): number[] => placed.map(({ place }) => place)
  const { controls, tables, sourcePorts, handshakes, flows, problems } = entries
  return {
    facts: {
      controls: values(controls),
      tables: values(tables),
      sourcePorts: values(sourcePorts),
      handshakes: values(handshakes),
      flows: values(flows),
      problems: values(problems),
    },
    order: {
      controls: places(controls),
      tables: places(tables),
      sourcePorts: places(sourcePorts),
      handshakes: places(handshakes),
      flows: places(flows),
      problems: places(problems),
    },
  }
}
