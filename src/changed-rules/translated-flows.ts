/**
 * Finds flows that prove nothing, because one of the firewalls translates the packets that open
 * them.
 */
import { PortSet } from '../net/port-set.ts'
import type { DiffTable } from '../result/diff.ts'
import type { Sent } from './sent.ts'

type Path = Pick<Sent, 'from' | 'to' | 'protocol'>
type Compared = Pick<DiffTable, 'from' | 'to' | 'protocol' | 'changes'>

/**
 * Sweeps within flows, without the ports whose outcome differs and is translated on one side. Their
 * flows are opened without the translation, so later packets prove nothing. `tables`: of the same
 * family.
 */
export function exceptTranslated<S extends Sent>(
  flows: readonly S[],
  tables: readonly Compared[],
): S[] {
  const translated = new Map<string, PortSet>()
  for (const table of tables) {
    const ranges = table.changes.filter(({ before, after }) =>
      [before, after].some(({ kind }) => kind === 'translated'),
    )
    const known = translated.get(keyOf(table)) ?? PortSet.empty
    translated.set(keyOf(table), known.union(PortSet.of(...ranges)))
  }
  return flows.flatMap((flow) => {
    const own = flow.inFlow ? translated.get(keyOf(flow)) : undefined
    const numbers = own ? flow.numbers.subtract(own) : flow.numbers
    return numbers.isEmpty ? [] : [{ ...flow, numbers }]
  })
}

const keyOf = ({ from, to, protocol }: Path): string => JSON.stringify([from, to, protocol])
