/** Opens a housing and a sandbox beside it, and leaves both behind in the right order. */
import { NO_TRUST, type Trust } from '../../src/firewall/trust.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'
import { type SandboxFlags, type Started, startSandbox } from '../sandbox/start.ts'
import { Faults } from '../system/faulty-files.ts'
import { openHousing } from './open.ts'
import type { Housing, HousingOptions, WantedHousing } from './provider.ts'

type Wanted = readonly WantedHousing[]

/** Of the sandbox, and what files are trusted with. */
export type HousingFlags = SandboxFlags & { readonly trust?: Trust }

export type Housed = Started & { readonly housings: readonly Housing[] }

/** One that could not be opened, with the reason. */
export interface Unopened {
  readonly failure: Error
}

export type HousedAsFarAsPossible = Started & { readonly housings: readonly (Housing | Unopened)[] }

/** The namespaces are given back once everything in the sandbox has ended, whatever comes of the work. */
export async function housed<T>(
  wanted: Wanted,
  flags: HousingFlags,
  work: (housed: Housed) => Promise<T>,
): Promise<T> {
  await mustBePlanned(wanted, flags)
  return inHousings(wanted, flags, openHousing, work)
}

/** What is refused in the files of several containers is told at once. */
async function mustBePlanned(wanted: Wanted, { trust = NO_TRUST }: HousingFlags): Promise<void> {
  const sources = wanted.flatMap(({ provider }) =>
    provider.kind === 'container' ? [provider.container.source] : [],
  )
  if (sources.length < 2) return
  const { planOf } = await import('./image.ts')
  const faults = new Faults()
  for (const source of sources) faults.attempt(() => planOf(source, trust))
  faults.finish()
}

/** The same where the work goes on without those that cannot be opened. */
export function housedAsFarAsPossible<T>(
  wanted: Wanted,
  flags: HousingFlags,
  work: (housed: HousedAsFarAsPossible) => Promise<T>,
): Promise<T> {
  const open = (options: HousingOptions): Promise<Housing | Unopened> =>
    openHousing(options).catch((failure: Error) => ({ failure }))
  return inHousings(wanted, flags, open, work)
}

async function inHousings<H extends Housing | Unopened, T>(
  wanted: Wanted,
  flags: HousingFlags,
  open: (options: HousingOptions) => Promise<H>,
  work: (housed: Started & { readonly housings: readonly H[] }) => Promise<T>,
): Promise<T> {
  const rootless = flags.rootless === true || mustBeRootless()
  const { trust = NO_TRUST } = flags
  const housings: H[] = []
  try {
    for (const one of wanted) housings.push(await open({ ...one, rootless, trust }))
    const userNamespaceOf = opened(housings).find(
      (one) => one.userNamespaceOf !== undefined,
    )?.userNamespaceOf
    const started = startSandbox({ ...flags, reachesOut: true, userNamespaceOf })
    try {
      for (const housing of opened(housings)) housing.begin(started.sandbox)
      return await work({ ...started, housings })
    } finally {
      await started.sandbox.close()
    }
  } finally {
    await leaveAll(opened(housings))
  }
}

const opened = (housings: readonly (Housing | Unopened)[]): Housing[] =>
  housings.flatMap((one) => ('failure' in one ? [] : [one]))

/** Every one is left, also behind one that cannot be; then that is told. */
async function leaveAll(housings: readonly Housing[]): Promise<void> {
  const failures: unknown[] = []
  for (const housing of housings) await housing.leave().catch((error) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}
