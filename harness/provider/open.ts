/** Opens the provider of an existing target or container. */
import { mustBeData } from '../system/data-only.ts'
import type { Provider, ProviderOptions } from './provider.ts'

/** Throws InputError for a target that does not exist or cannot be tested, EnvironmentError if this machine lacks what it needs. */
export async function openProvider(options: ProviderOptions): Promise<Provider> {
  const { target } = options
  // Already refused earlier. This is a second check.
  mustBeData({ parts: [], target })
  switch (target.kind) {
    case 'netns':
    case 'pid': {
      const { openExistingNetns } = await import('./netns.ts')
      return openExistingNetns(target, options)
    }
    case 'container': {
      const { openContainers } = await import('./container.ts')
      return openContainers(target.container, options)
    }
    case 'nic': {
      const { openNics } = await import('./nic.ts')
      return openNics(target, options)
    }
    default:
      throw new Error(`unknown provider ${target satisfies never}`)
  }
}
