/** The same verdicts in containers, loaded by the image's own nft, as in namespaces. */
import { housed } from '../provider/housed.ts'
import { run } from '../run.ts'
import { FEW_PORTS, provenIn, type RunIn } from '../testing/provider-suite.ts'

const IMAGE = { kind: 'image', image: 'nftproof-test/base' } as const

const inContainers: RunIn = (options) => {
  const provider = { kind: 'container', container: { source: IMAGE } } as const
  const zones = options.loaded.flatMap(({ scenario }) => scenario.zones)
  return housed([{ provider, isLoaded: true, zones }], { jobs: 2 }, ({ housings, ...started }) => {
    const signal = new AbortController().signal
    return run({ ...options, ...started, signal, housing: housings[0] }, () => {})
  })
}

// In namespaces it is proved by scenarios.netns.test.ts.
provenIn('containers', inContainers, FEW_PORTS)
