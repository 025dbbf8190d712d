/** The system programs that a firewall needs, besides those of every run. */
import type { Firewall } from '../../src/firewall/firewall.ts'
import type { Target } from '../../src/firewall/target.ts'
import type { Program } from '../system/find-program.ts'
import { loaderOf } from './loaders.ts'

export function programsFor({ parts, target }: Firewall): Program[] {
  return [
    ...new Set([
      ...parts.flatMap((part) => loaderOf(part).programs(part)),
      ...(target ? ofProvider(target) : []),
    ]),
  ]
}

function ofProvider({ kind }: Target): Program[] {
  switch (kind) {
    case 'netns':
    case 'pid':
      return ['nsenter', 'flock', 'tc', 'cat', 'sh']
    // Any engine that is already running.
    case 'container':
      return ['nsenter']
    case 'nic':
      return []
    default:
      throw new Error(`unknown provider ${kind satisfies never}`)
  }
}
