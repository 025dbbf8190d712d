/** A loaded ruleset, as it was listed, → the facts from which probes are chosen. */

import type { Inspection } from '../firewall/firewall.ts'
import type { Facts, Hook } from '../nft/facts.ts'
import { rulesetOf } from '../nft/rules.ts'
import { translationsOf } from '../nft/translations.ts'
import { comparedBy } from './comparisons.ts'
import { togetherIn } from './joint-fields.ts'
import { reachIn } from './reachability.ts'
import { withoutEffect } from './side-effect-free.ts'
import { memoriesOf, turnsMemory, writtenBy } from './stateful-rules.ts'

const known = new WeakMap<Inspection, Facts>()

/** Of one inspection they are worked out once: both families ask for them. */
export function factsOf(inspection: Inspection): Facts {
  const before = known.get(inspection)
  if (before) return before
  const facts = read(inspection)
  known.set(inspection, facts)
  return facts
}

function read(inspection: Inspection): Facts {
  const ruleset = rulesetOf(inspection)
  const timed = [...ruleset.sets].filter(([, { isTimed }]) => isTimed).map(([key]) => key)
  const written = new Set([...timed, ...ruleset.rules.flatMap(writtenBy)])
  const rules = ruleset.rules.map((rule) => ({ rule, compared: comparedBy(rule, ruleset) }))
  const isIdle = withoutEffect(ruleset.rules)
  const reach = reachIn(ruleset.rules, ruleset.bases)
  return {
    hooks: { 4: hooksOf(ruleset.bases, 'ip'), 6: hooksOf(ruleset.bases, 'ip6') },
    bases: ruleset.bases,
    unexamined: ruleset.unexamined,
    comparisons: rules.flatMap(({ compared }) => compared.comparisons),
    interfaces: rules.flatMap(({ compared }) => compared.interfaces),
    together: togetherIn(
      rules.map(({ rule, compared }) => ({
        rule,
        fields: [...new Set(compared.comparisons.map(({ field }) => field))],
      })),
    ),
    translations: rules.flatMap(({ rule, compared }) =>
      translationsOf(rule, ruleset, compared.comparisons),
    ),
    history: rules
      .filter(({ rule }) => !isIdle(rule))
      .flatMap(({ rule, compared }) =>
        [
          ...memoriesOf(rule, ruleset, compared.sets, written),
          ...compared.turns.map(turnsMemory),
        ].map((memory) => ({ ...memory, ...reach(rule), where: rule.where })),
      ),
    opaque: rules.flatMap(({ compared }) => compared.opaque),
  }
}

function hooksOf(bases: Facts['bases'], family: 'ip' | 'ip6'): ReadonlySet<Hook> {
  const used = bases.filter(
    (base) => !base.isIdle && [family, 'inet', 'netdev'].includes(base.family),
  )
  return new Set(used.map(({ hook }) => hook))
}
