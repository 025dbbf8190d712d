/** The providers of two compared firewalls, if one or both are existing targets. */
import type { Firewall } from '../../src/firewall/firewall.ts'
import type { LabZone } from '../../src/lab/lab.ts'
import type { Provider } from '../provider/provider.ts'
import { type ProviderFlags, withProviders } from '../provider/with-providers.ts'
import type { Started } from '../sandbox/start.ts'
import { InputError } from '../system/errors.ts'

export interface SideProviders {
  readonly old?: Provider
  readonly new?: Provider
}

type Opened = Pick<Started, 'sandbox' | 'jobs'> & { readonly providers: SideProviders }

export function withSideProviders<T>(
  firewalls: Readonly<Record<'old' | 'new', Firewall>>,
  zones: readonly LabZone[],
  flags: ProviderFlags,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const sides = (['old', 'new'] as const).filter((side) => firewalls[side].target)
  const wanted = sides.map((side) => {
    const { target, parts } = firewalls[side]
    return { target: target!, isLoaded: parts.length > 0, zones }
  })
  const [first, second] = wanted.map(({ target }) => JSON.stringify(target))
  if (first === second && wanted[0]!.target.kind !== 'container')
    throw new InputError('both firewalls are the same namespace: compare it with another firewall')
  return withProviders(wanted, flags, ({ sandbox, jobs, providers }) =>
    work({
      sandbox,
      jobs,
      providers: Object.fromEntries(sides.map((side, i) => [side, providers[i]!])),
    }),
  )
}
