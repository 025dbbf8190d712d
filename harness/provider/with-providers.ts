/** Opens providers and a sandbox, and closes both in the right order. */
import { NO_TRUST, type Trust } from '../../src/firewall/trust.ts'
import { nowAtStake } from '../contract/at-stake.ts'
import { mustBeRootless } from '../sandbox/sandbox.ts'
import { type SandboxFlags, type Started, startSandbox } from '../sandbox/start.ts'
import { Faults } from '../system/faulty-files.ts'
import { openProvider } from './open.ts'
import type { Provider, ProviderOptions, WantedProvider } from './provider.ts'

type Wanted = readonly WantedProvider[]

/** Options of the sandbox, and the trusted keys. */
export type ProviderFlags = SandboxFlags & { readonly trust?: Trust }

export type WithProviders = Started & { readonly providers: readonly Provider[] }

/** A provider that could not be opened, with the reason. */
export interface Unopened {
  readonly failure: Error
}

export type WithAvailableProviders = Started & {
  readonly providers: readonly (Provider | Unopened)[]
}

/** The namespaces are restored after everything in the sandbox has ended, also after a failure. */
export async function withProviders<T>(
  wanted: Wanted,
  flags: ProviderFlags,
  work: (opened: WithProviders) => Promise<T>,
): Promise<T> {
  await mustBePlanned(wanted, flags)
  return inProviders(wanted, flags, openProvider, work)
}

/** Errors in the files of several containers are reported together. */
async function mustBePlanned(wanted: Wanted, { trust = NO_TRUST }: ProviderFlags): Promise<void> {
  const sources = wanted.flatMap(({ target }) =>
    target.kind === 'container' ? [target.container.source] : [],
  )
  if (sources.length < 2) return
  const { planOf } = await import('./image.ts')
  const faults = new Faults()
  for (const source of sources) faults.attempt(() => planOf(source, trust))
  faults.finish()
}

/** The same, if the work can continue without providers that cannot be opened. */
export function withAvailableProviders<T>(
  wanted: Wanted,
  flags: ProviderFlags,
  work: (opened: WithAvailableProviders) => Promise<T>,
): Promise<T> {
  const open = (options: ProviderOptions): Promise<Provider | Unopened> =>
    openProvider(options).catch((failure: Error) => ({ failure }))
  return inProviders(wanted, flags, open, work)
}

async function inProviders<H extends Provider | Unopened, T>(
  wanted: Wanted,
  flags: ProviderFlags,
  open: (options: ProviderOptions) => Promise<H>,
  work: (opened: Started & { readonly providers: readonly H[] }) => Promise<T>,
): Promise<T> {
  const rootless = flags.rootless === true || mustBeRootless()
  const { trust = NO_TRUST } = flags
  const providers: H[] = []
  nowAtStake()
  try {
    for (const one of wanted) providers.push(await open({ ...one, rootless, trust }))
    const userNamespaceOf = opened(providers).find(
      (one) => one.userNamespaceOf !== undefined,
    )?.userNamespaceOf
    const started = startSandbox({ ...flags, reachesOut: true, userNamespaceOf })
    try {
      for (const provider of opened(providers)) provider.begin(started.sandbox)
      return await work({ ...started, providers })
    } finally {
      await started.sandbox.close()
    }
  } finally {
    await leaveAll(opened(providers))
  }
}

const opened = (providers: readonly (Provider | Unopened)[]): Provider[] =>
  providers.flatMap((one) => ('failure' in one ? [] : [one]))

/** Closes every provider, also after a failure, and then throws the first error. */
async function leaveAll(providers: readonly Provider[]): Promise<void> {
  const failures: unknown[] = []
  for (const provider of providers) await provider.leave().catch((error) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}
