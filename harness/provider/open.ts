/** Where firewalls live that are not put into namespaces of the labs' own. */
import { mustBeData } from '../system/data-only.ts'
import type { Housing, HousingOptions } from './provider.ts'

/** Throws InputFailure for what is not there or cannot be lent, EnvironmentFailure where that needs more than there is. */
export async function openHousing(options: HousingOptions): Promise<Housing> {
  const { provider } = options
  // Said long before; nothing gets past here all the same.
  mustBeData({ parts: [], provider })
  switch (provider.kind) {
    case 'netns':
    case 'pid': {
      const { lend } = await import('./netns.ts')
      return lend(provider, options)
    }
    case 'container': {
      const { openContainers } = await import('./container.ts')
      return openContainers(provider.container, options)
    }
    case 'cards': {
      const { onCards } = await import('./nic.ts')
      return onCards(provider, options)
    }
    default:
      throw new Error(`unknown provider ${provider satisfies never}`)
  }
}
