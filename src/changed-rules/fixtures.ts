/** Tables of changes for tests. */

import type { ProbedTable } from '../compare/declared.ts'
import { PortSet } from '../net/port-set.ts'
import type { ChangeKind, ChangeRow, DiffTable } from '../result/diff.ts'

export function row(from: number, to: number, kind: ChangeKind = 'opened'): ChangeRow {
  const open = { kind: 'open' } as const
  const dropped = { kind: 'dropped' } as const
  const [before, after] = kind === 'closed' ? [open, dropped] : [dropped, open]
  return { from, to, kind, before, after, replay: `nftproof diff old new --ports ${from}` }
}

export function probed(changes: readonly ChangeRow[], over: Partial<DiffTable> = {}): ProbedTable {
  const table: DiffTable = {
    from: 'wan',
    to: 'firewall',
    family: 4,
    protocol: 'tcp',
    combination: 'ordinary',
    ordinary: true,
    packet: { source: '203.0.113.10', target: '203.0.113.1' },
    detail: 'all',
    numbers: 65536,
    probes: 131072,
    changes,
    unsteady: [],
    losses: {},
    ...over,
  }
  return { table, probed: PortSet.all }
}
