/** The rules of a given ruleset that an egress scenario cannot test, over one family. */

import { hooksOf } from '../analysis/path-hooks.ts'
import { FIELD_WORDS, unprobedRules, untestedRules } from '../analysis/untested.ts'
import type { Inspection } from '../firewall/firewall.ts'
import { FIREWALL } from '../lab/lab.ts'
import type { ZoneAddress } from '../net/address.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { Comparison } from '../nft/facts.ts'
import type { Grant } from '../policy/grant.ts'
import type { UntestedRule } from '../result/untested.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { unvariedByEgress } from './egress-coverage.ts'

export interface EgressProbes {
  readonly scenario: Scenario
  readonly grants: readonly Grant[]
  readonly family: Family
  readonly protocols: readonly Protocol[]
  /** Whether packets were varied in every field that the rules match. */
  readonly isVaried: boolean
}

export function untestedByEgress(inspection: Inspection, probes: EgressProbes): UntestedRule[] {
  const { scenario, family, protocols } = probes
  const paths = pathsOf(scenario)
  const unprobed = family === 4 ? unprobedRules(inspection, ['arp']) : []
  const untested = untestedRules(inspection, {
    family,
    hooks: new Set(paths.flatMap((path) => [...hooksOf(path, false), ...hooksOf(path, true)])),
    ...numbersOf(protocols),
    links: scenario.zones.map(({ link }) => link),
    unvaried: probes.isVaried ? unvaried : unvariedByEgress(addressesIn(probes)),
  })
  return [...untested, ...unprobed]
}

/** Forwarding is always tested, input and output where a sweep begins or ends at the firewall itself. */
function pathsOf({ sweeps }: Scenario): { readonly from: string; readonly to: string }[] {
  const own = sweeps.filter(({ from, to }) => from === FIREWALL || to === FIREWALL)
  return [{ from: 'project', to: 'internet' }, ...own]
}

/** A sender does not choose its packets' mark. */
export const unvaried = ({ field }: Comparison): string | undefined =>
  field === 'mark' ? FIELD_WORDS.mark : undefined

/** Networks with one probed address each. */
function addressesIn({ scenario, grants }: EgressProbes): ZoneAddress[] {
  const { zones, sweeps } = scenario
  return [
    ...zones.flatMap(({ addresses }) => addresses),
    ...grants.flatMap(({ destinations }) => destinations),
    ...sweeps.flatMap(({ as, towards }) => [
      ...(as?.addresses ?? []),
      ...(towards?.addresses ?? []),
    ]),
  ]
}

const NUMBERS: Readonly<Record<Exclude<Protocol, 'ip'>, readonly number[]>> = {
  tcp: [6],
  udp: [17],
  icmp: [1, 58],
}

/** Numbers of the probed IP protocols. Undefined if all are probed. */
export function numbersOf(protocols: readonly Protocol[]): { readonly protocols?: number[] } {
  const narrow = protocols.filter((protocol) => protocol !== 'ip')
  return narrow.length < protocols.length
    ? {}
    : { protocols: narrow.flatMap((protocol) => NUMBERS[protocol]) }
}
