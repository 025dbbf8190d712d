/** The listing of a loaded ruleset → the facts that choose the probes. */

import type { Inspection } from '../firewall/firewall.ts'
import type { Hook, RuleFacts } from '../nft/facts.ts'
import { rulesetOf } from '../nft/rules.ts'
import { translationsOf } from '../nft/translations.ts'
import { comparisonsIn } from './comparisons.ts'
import { jointFieldsIn } from './joint-fields.ts'
import { targetsIn } from './jump-targets.ts'
import { reachabilityIn } from './reachability.ts'
import { sideEffectFree } from './side-effect-free.ts'
import { statefulStatementsOf, turnsStatement, writtenBy } from './stateful-rules.ts'

const known = new WeakMap<Inspection, RuleFacts>()

/** Computed once for each inspection, because both families use them. */
export function factsOf(inspection: Inspection): RuleFacts {
  const before = known.get(inspection)
  if (before) return before
  const facts = read(inspection)
  known.set(inspection, facts)
  return facts
}

function read(inspection: Inspection): RuleFacts {
  const ruleset = rulesetOf(inspection)
  const timed = [...ruleset.sets].filter(([, { isTimed }]) => isTimed).map(([key]) => key)
  const written = new Set([...timed, ...ruleset.rules.flatMap(writtenBy)])
  const rules = ruleset.rules.map((rule) => ({ rule, compared: comparisonsIn(rule, ruleset) }))
  const isIdle = sideEffectFree(ruleset.rules)
  const reach = reachabilityIn(ruleset)
  return {
    hooks: { 4: hooksOf(ruleset.bases, 'ip'), 6: hooksOf(ruleset.bases, 'ip6') },
    bases: ruleset.bases,
    unexamined: ruleset.unexamined,
    dormant: inspection.dormant ?? [],
    comparisons: rules.flatMap(({ compared }) => compared.comparisons),
    interfaces: rules.flatMap(({ compared }) => compared.interfaces),
    jointFields: jointFieldsIn(
      rules.map(({ rule, compared }) => ({
        rule,
        fields: [...new Set(compared.comparisons.map(({ field }) => field))],
      })),
      targetsIn(ruleset),
    ),
    translations: rules.flatMap(({ rule, compared }) =>
      translationsOf(rule, ruleset, compared.comparisons),
    ),
    statefulRules: rules
      .filter(({ rule }) => !isIdle(rule))
      .flatMap(({ rule, compared }) =>
        [
          ...statefulStatementsOf(rule, ruleset, compared.sets, written),
          ...compared.turns.map(turnsStatement),
        ].map((statement) => ({ ...statement, ...reach(rule), where: rule.where })),
      ),
    opaque: rules.flatMap(({ compared }) => compared.opaque),
  }
}

function hooksOf(bases: RuleFacts['bases'], family: 'ip' | 'ip6'): ReadonlySet<Hook> {
  const used = bases.filter(
    (base) => !base.isIdle && [family, 'inet', 'netdev'].includes(base.family),
  )
  return new Set(used.map(({ hook }) => hook))
}
