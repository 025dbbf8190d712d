/** Conditions that no packet satisfies, because no rule makes such packets. */
import type { Test } from '../analysis/conditions.ts'
import { isNotrack } from '../analysis/unsent-states.ts'
import { has } from '../net/interval-set.ts'
import type { ChainRule, Chains } from '../nft/chains.ts'

const [ICMP, ICMPV6] = [1, 58]

/** Undefined if packets may satisfy these tests. `chains`: of the ruleset that has the rule. */
export function impossible(tests: readonly Test[], { chains }: Chains): string | undefined {
  const rules = [...chains.values()].flatMap((one) => one.rules)
  for (const test of tests) {
    if (test.kind !== 'state' || test.isNot || test.values.length !== 1) continue
    const [state] = test.values
    // The kernel itself leaves some ICMPv6 messages untracked (nf_conntrack_proto_icmpv6.c).
    if (state === 'untracked' && cannotBe(tests, ICMPV6) && !rules.some(untracks))
      return 'no rule leaves packets untracked'
    if (state === 'related' && [ICMP, ICMPV6].every((one) => cannotBe(tests, one)))
      if (!rules.some(expects)) return 'no rule expects related connections'
  }
  return undefined
}

const untracks = ({ statements, saved = '' }: ChainRule): boolean =>
  statements.some(isNotrack) || /-j (?:NOTRACK|CT)\b/.test(saved)

/** Helpers open the way for connections of their protocol. */
const expects = ({ statements, saved = '' }: ChainRule): boolean =>
  /"ct (?:helper|expectation)"|"key":"helper"/.test(JSON.stringify(statements)) ||
  /-j CT\b/.test(saved)

function cannotBe(tests: readonly Test[], protocol: number): boolean {
  const family = protocol === ICMP ? 6 : 4
  return tests.some(
    (test) =>
      ((test.kind === 'family' || test.kind === 'number') && test.family === family) ||
      (test.kind === 'number' &&
        test.field === 'protocol' &&
        test.mask === undefined &&
        has(test.intervals, protocol) === test.isNot),
  )
}
