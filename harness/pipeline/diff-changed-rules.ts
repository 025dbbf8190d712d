/** Differences of all families → one line for each rule, with its position in the files. */

import { bestKnown, type TriedDifference } from '../../src/changed-rules/conclusion.ts'
import type { Difference } from '../../src/changed-rules/differing.ts'
import { differingState } from '../../src/changed-rules/differing-state.ts'
import type { Firewall, SourceLine } from '../../src/firewall/firewall.ts'
import { locateChains } from '../../src/nft/chain-source-map.ts'
import { locateSaved } from '../../src/nft/iptables-source-map.ts'
import type { Side } from '../../src/result/changed-rules.ts'
import { type ChangedRule, worstOf } from '../../src/result/changed-rules.ts'
import type { Sides } from './session.ts'

interface OfFamily {
  readonly sides: Sides
  readonly tried: readonly TriedDifference[]
}

export function changedRulesOf(
  firewalls: Readonly<Record<Side, Firewall>>,
  families: readonly OfFamily[],
): ChangedRule[] {
  const all = families.flatMap(({ sides, tried }) => tried.map((one) => ({ sides, ...one })))
  const elements = [
    ...Map.groupBy(all, ({ difference }) => differenceKey(difference)).values(),
  ].map(bestKnown)
  const rules = [...Map.groupBy(elements, ({ difference }) => ruleKey(difference)).values()]
  const state = families[0] ? differingState(loadedOf(families[0].sides)) : []
  const told = rules.map(worstOf).map(({ sides, difference, state, by, reason }) => {
    const { side, chain } = difference
    const at = placeOf(difference, firewalls[side], sides)
    return {
      side,
      ...(at && { file: at.file }),
      ...(at && at.line > 0 && { line: at.line }),
      chain: chain.key,
      rule: differenceText(difference),
      state,
      ...(by !== undefined && { by }),
      ...(reason !== undefined && { reason }),
    }
  })
  return [...told, ...state]
}

const loadedOf = ({ old, new: young }: Sides) => ({
  old: { firewall: old.firewall, inspection: old.rules.inspection },
  new: { firewall: young.firewall, inspection: young.rules.inspection },
})

const ruleKey = ({ side, chain, ...more }: Difference): string =>
  JSON.stringify([side, chain.key, more.kind, 'asked' in more ? more.asked.atom.index : ''])

function differenceKey(difference: Difference): string {
  const { asked } = { asked: undefined, ...difference }
  return JSON.stringify([
    ruleKey(difference),
    asked?.atom.conditions,
    asked?.atom.acts,
    asked?.saved,
  ])
}

function differenceText(difference: Difference): string {
  if (difference.kind === 'policy') return `policy ${difference.chain.base?.policy}`
  const { atom, isForeign } = difference.asked
  // As it is written, not one of its states.
  const { saved } = difference.chain.rules[atom.index] ?? difference.asked
  return isForeign && saved !== undefined ? saved : atom.where.text
}

function placeOf(difference: Difference, firewall: Firewall, sides: Sides): SourceLine | undefined {
  const { side, chain } = difference
  const plain = chain.key.replace(/^legacy /, '')
  if (difference.kind === 'policy') return locateChains(firewall).get(plain) ?? anywhere(firewall)
  const { where, index } = difference.asked.atom
  return (
    sides[side].places.get(`${where.family} ${where.table} ${where.handle}`) ??
    locateSaved(firewall, chain, index) ??
    anywhere(firewall)
  )
}

/** The file, if the line is not known. */
function anywhere({ parts }: Firewall): SourceLine | undefined {
  const [part] = parts
  return part && parts.length === 1 ? { file: part.file, line: 0 } : undefined
}
