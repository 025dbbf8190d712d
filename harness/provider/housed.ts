/** Opens a housing and a sandbox beside it, and leaves both behind in the right order. */
import { mustBeRootless } from '../sandbox/sandbox.ts'
import { type Started, startSandbox } from '../sandbox/start.ts'
import { type Housing, type HousingOptions, openHousing } from './housing.ts'

export type Housed = Started & { readonly housings: readonly Housing[] }

/** The namespaces are given back once everything in the sandbox has ended, whatever comes of the work. */
export async function housed<T>(
  wanted: readonly Omit<HousingOptions, 'rootless'>[],
  flags: Parameters<typeof startSandbox>[0],
  work: (housed: Housed) => Promise<T>,
): Promise<T> {
  const rootless = flags.rootless === true || mustBeRootless()
  const housings: Housing[] = []
  try {
    for (const one of wanted) housings.push(await openHousing({ ...one, rootless }))
    const userNamespaceOf = housings.find(
      (one) => one.userNamespaceOf !== undefined,
    )?.userNamespaceOf
    const started = startSandbox({ ...flags, reachesOut: true, userNamespaceOf })
    try {
      for (const housing of housings) housing.begin(started.sandbox)
      return await work({ ...started, housings })
    } finally {
      await started.sandbox.close()
    }
  } finally {
    for (const housing of housings) await housing.leave()
  }
}
