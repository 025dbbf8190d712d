/** The same verdicts in containers, loaded by the image's own nft, as in namespaces. */

import { run } from '../../harness/pipeline/run.ts'
import { providersFor } from '../../harness/pipeline/scenario-providers.ts'
import { withProviders } from '../../harness/provider/with-providers.ts'
import { FEW_PORTS, LARGE, provenIn, type RunIn } from '../testing/provider-suite.ts'
import { load } from '../testing/wrong.ts'

const IMAGE = { kind: 'image', image: 'nftproof-test/base' } as const

const inContainers: RunIn = (options) => {
  const provider = { kind: 'container', container: { source: IMAGE } } as const
  const [wanted] = providersFor(options.loaded, { target: provider, isLoaded: true })
  return withProviders([wanted!.options], { jobs: 2 }, ({ providers, ...started }) => {
    const signal = new AbortController().signal
    const all = new Map(options.loaded.map(({ scenario }) => [scenario.id, providers[0]!] as const))
    return run({ ...options, ...started, signal, providers: all }, () => {})
  })
}

// In namespaces it is proved by scenarios.netns.test.ts.
provenIn('containers', inContainers, {
  loaded: load().filter(({ scenario }) => !LARGE.includes(scenario.id)),
  ports: FEW_PORTS,
})
