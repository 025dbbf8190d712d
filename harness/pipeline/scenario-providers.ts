/** The providers of scenarios whose firewall is an existing target or a container. */
import type { LabZone } from '../../src/lab/lab.ts'
import type { Named } from '../input/target-flags.ts'
import type { WantedProvider } from '../provider/provider.ts'
import type { Failed, Ready } from './contract.ts'

export interface Wanted {
  readonly options: WantedProvider
  readonly scenarios: readonly string[]
}

/** One for each provider. `named`: the target of the command line, for all scenarios. */
export function providersFor(
  ready: readonly Ready[],
  named: Named | undefined,
  hasRuleset = false,
): Wanted[] {
  const asked = ready.flatMap((one) => {
    if ('failure' in one) return []
    const own = namedIn(one, named, hasRuleset)
    return own ? [{ ...own, id: one.scenario.id, zones: zonesOf(one) }] : []
  })
  const alike = Map.groupBy(asked, ({ target, isLoaded }) => JSON.stringify([target, isLoaded]))
  return [...alike.values()].map((all) => {
    const [{ target, isLoaded }] = all as [(typeof all)[number]]
    const zones = all.flatMap((one) => one.zones)
    return { options: { target, isLoaded, zones }, scenarios: all.map(({ id }) => id) }
  })
}

type Unfailed = Exclude<Ready, Failed>

function namedIn(one: Unfailed, named: Named | undefined, hasRuleset: boolean): Named | undefined {
  if (!('firewall' in one)) {
    const { container } = one.scenario
    if (named || !container) return named
    const isLoaded = hasRuleset || container.ready === undefined
    return { target: { kind: 'container', container }, isLoaded }
  }
  const { target, parts } = one.firewall
  return target && { target, isLoaded: parts.length > 0 }
}

const zonesOf = (one: Unfailed): readonly LabZone[] =>
  'firewall' in one ? one.lab.plan.zones : one.scenario.zones
