/** Two firewalls that are compared, of which one or both are somewhere. */
import type { Firewall } from '../../src/firewall/firewall.ts'
import type { LabZone } from '../../src/lab/lab.ts'
import type { Housing } from '../provider/provider.ts'
import { type HousingFlags, housed } from '../provider/with-providers.ts'
import type { Started } from '../sandbox/start.ts'
import { InputFailure } from '../system/errors.ts'

export interface HousedSides {
  readonly old?: Housing
  readonly new?: Housing
}

type Opened = Pick<Started, 'sandbox' | 'jobs'> & { readonly housings: HousedSides }

export function housedSides<T>(
  firewalls: Readonly<Record<'old' | 'new', Firewall>>,
  zones: readonly LabZone[],
  flags: HousingFlags,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const sides = (['old', 'new'] as const).filter((side) => firewalls[side].provider)
  const wanted = sides.map((side) => {
    const { provider, parts } = firewalls[side]
    return { provider: provider!, isLoaded: parts.length > 0, zones }
  })
  const [first, second] = wanted.map(({ provider }) => JSON.stringify(provider))
  if (first === second && wanted[0]!.provider.kind !== 'container')
    throw new InputFailure('both are the same namespace, which cannot be plugged into twice')
  return housed(wanted, flags, ({ sandbox, jobs, housings }) =>
    work({
      sandbox,
      jobs,
      housings: Object.fromEntries(sides.map((side, i) => [side, housings[i]!])),
    }),
  )
}
