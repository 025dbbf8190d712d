/** Differences → the packets that a test of each one needs. */

import type { Test } from '../analysis/conditions.ts'
import { jumpTargetsIn } from '../analysis/side-effect-free.ts'
import type { Chain } from '../nft/chains.ts'
import type { Side } from '../result/changed-rules.ts'
import type { AskedAtom } from './asked-atom.ts'
import type { Difference } from './differing.ts'
import type { Ways } from './ways.ts'

/** One packet through the hook must satisfy all these rules. */
export interface Demand {
  readonly difference: Difference
  readonly side: Side
  /** The base chain at which packets enter. */
  readonly root: Chain
  /** The rules whose jumps lead to the rule, the rule itself, and the rules that it moved past. */
  readonly rules: readonly AskedAtom[]
  readonly tests: readonly Test[]
  /** Whether its jumps lead there is not certain: a rule that decided before proves nothing. */
  readonly isOpen?: boolean
}

/** The chains that it jumps or goes to by itself. An atom that was not split may lead to several. */
export const jumpsOf = ({ atom }: AskedAtom): string[] => [
  ...new Set(atom.acts.flatMap(jumpTargetsIn)),
]

/** One demand for each way to the rule, and for each rule that it moved past. */
export function demandsOf(difference: Difference, ways: Ways): Demand[] {
  const { side, chain, devices } = difference
  if (difference.kind === 'policy') {
    const tests = entering(chain, devices)
    return [{ difference, side, root: chain, rules: [], tests }]
  }
  const { asked, past } = difference
  const rules = past ? past.map((other) => [asked, other]) : [[asked]]
  return rules.flatMap((own) =>
    ways.to(chain.key).map(({ root, jumps, isOpen }) => {
      const all = [...jumps, ...own]
      const tests = [...entering(root, devices), ...all.flatMap((one) => one.tests)]
      return { difference, side, root, rules: all, tests, ...(isOpen && { isOpen }) }
    }),
  )
}

/** Only packets of its devices enter the chain. */
function entering({ base }: Chain, devices: Difference['devices']): Test[] {
  const names = devices ?? base?.devices
  if (!base || !names) return []
  const direction = base.hook === 'egress' ? 'out' : 'in'
  return [{ kind: 'interface', direction, names, isNot: false }]
}
