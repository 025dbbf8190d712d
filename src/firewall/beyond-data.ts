/**
 * What of a firewall, or of a place where one is tested, is more than data: it
 * would be run, or it reaches beyond the lab. Every kind decides here.
 */
import type { Firewall, FirewallPart } from './firewall.ts'
import { type ContainerSpec, type ImageSource, type Target, targetName } from './target.ts'

export interface Beyond {
  /** As it was named. */
  readonly what: string
  /** What it is, and what would become of it. */
  readonly why: string
  readonly remedy: string
}

/** All of it, in the order in which it was named; none of what is data. */
export function beyondData({ parts, target }: Pick<Firewall, 'parts' | 'target'>): Beyond[] {
  return [...(target ? [ofProvider(target)] : []), ...parts.flatMap(ofPart)]
}

const SAVED = 'name a file of its rules (nft list ruleset)'

function ofPart({ kind, file }: FirewallPart): Beyond[] {
  switch (kind) {
    case 'nft':
    case 'iptables':
    case 'ip6tables':
      return []
    case 'script':
      return [{ what: file, why: 'it is a script, which would be run', remedy: SAVED }]
    default:
      throw new Error(`unknown kind ${kind satisfies never}`)
  }
}

function ofProvider(target: Target): Beyond {
  const what = targetName(target)
  switch (target.kind) {
    case 'netns':
    case 'pid':
      return {
        what,
        why: 'it is a namespace of this machine, which would be entered',
        remedy: SAVED,
      }
    case 'nic':
      return {
        what,
        why: 'these are interfaces of this machine, on which packets would be sent',
        remedy: SAVED,
      }
    case 'container':
      return { what, why: ofContainer(target.container), remedy: SAVED }
    default:
      throw new Error(`unknown provider ${target satisfies never}`)
  }
}

function ofContainer({ source }: ContainerSpec): string {
  const kind: ImageSource['kind'] = source.kind
  switch (kind) {
    case 'image':
      return 'it is an image, whose programs would be run'
    case 'dockerfile':
      return 'it is a Dockerfile, whose commands would be run'
    case 'compose':
      return 'it is a compose file, whose service would be run'
    default:
      throw new Error(`unknown source ${kind satisfies never}`)
  }
}

/** Where a whole command may be carried out. */
export type Elsewhere = 'container' | 'vagrant'

/** The whole command, elsewhere. `flag` is what asked for that. */
export function beyondHere(elsewhere: Elsewhere, flag: string): Beyond {
  const remedy = 'leave it out'
  switch (elsewhere) {
    case 'container':
      return { what: flag, why: 'an image would be run, with this folder in it', remedy }
    case 'vagrant':
      return { what: flag, why: 'the Vagrantfile of this folder would be run', remedy }
    default:
      throw new Error(`unknown place ${elsewhere satisfies never}`)
  }
}

/** `setup.sh: it is a script, which would be run: …` */
export function beyondText({ what, why, remedy }: Beyond): string {
  return `${what}: ${why}: --data-only admits only data; ${remedy}`
}
