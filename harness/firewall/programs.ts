/** The system programs that a firewall needs, besides those of every run. */
import type { Firewall, FirewallPart } from '../../src/firewall/firewall.ts'
import type { Target } from '../../src/firewall/target.ts'
import { isProgram, type Program } from '../system/find-program.ts'

/** Output of iptables-save or ip6tables-save. */
export type IptablesPart = FirewallPart & { readonly kind: 'iptables' | 'ip6tables' }

/** The program that loads such a part. */
export function restoreProgram({ kind, backend }: IptablesPart): Program {
  return backend === undefined ? `${kind}-restore` : `${kind}-${backend}-restore`
}

/** For a script: every known program whose name is a word of its text. */
export function programsFor({ parts, target }: Firewall): Program[] {
  return [...new Set([...parts.flatMap(ofPart), ...(target ? ofProvider(target) : [])])]
}

function ofPart(part: FirewallPart): Program[] {
  switch (part.kind) {
    case 'nft':
      return ['nft']
    case 'iptables':
    case 'ip6tables': {
      const save: Program[] = part.backend === 'legacy' ? [`${part.kind}-legacy-save`] : []
      return [restoreProgram({ ...part, kind: part.kind }), ...save]
    }
    case 'script':
      return [...(part.interpreter ?? []), part.text].flatMap(namedIn)
    default:
      throw new Error(`unknown kind ${part.kind satisfies never}`)
  }
}

const namedIn = (text: string): Program[] => text.split(/[^\w-]+/).filter(isProgram)

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
