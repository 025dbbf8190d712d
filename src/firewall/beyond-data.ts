/**
 * Which parts of a firewall or a target are more than data: code that runs, or access beyond the
 * lab. Every kind is classified here.
 */
import type { Firewall, FirewallPart } from './firewall.ts'
import { type ContainerSpec, type ImageSource, type Target, targetName } from './target.ts'

export interface Beyond {
  /** The name as given. */
  readonly what: string
  /** What it is, and what would happen. */
  readonly why: string
  readonly remedy: string
}

/** All such parts, in the given order. Empty if everything is data. */
export function beyondData({ parts, target }: Pick<Firewall, 'parts' | 'target'>): Beyond[] {
  return [...(target ? [ofProvider(target)] : []), ...parts.flatMap(ofPart)]
}

const SAVED = 'save its rules in a file (nft list ruleset) and name that file'

function ofPart({ kind, file }: FirewallPart): Beyond[] {
  switch (kind) {
    case 'nft':
    case 'iptables':
    case 'ip6tables':
      return []
    case 'script':
      return [{ what: file, why: 'it is a script, and nftproof would run it', remedy: SAVED }]
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
        why: 'it is a namespace of this machine, and nftproof would enter it',
        remedy: SAVED,
      }
    case 'nic':
      return {
        what,
        why: 'these are interfaces of this machine, and nftproof would send packets on them',
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
      return 'it is an image, and nftproof would run its programs'
    case 'dockerfile':
      return 'it is a Dockerfile, and nftproof would run its commands'
    case 'compose':
      return 'it is a compose file, and nftproof would run its service'
    default:
      throw new Error(`unknown source ${kind satisfies never}`)
  }
}

/** Where else the whole command can run. */
export type Elsewhere = 'container' | 'vagrant'

/** The whole command, run elsewhere. `flag` is the option that asked for it. */
export function beyondHere(elsewhere: Elsewhere, flag: string): Beyond {
  const remedy = 'remove this option'
  switch (elsewhere) {
    case 'container':
      return { what: flag, why: 'nftproof would run an image with this folder in it', remedy }
    case 'vagrant':
      return { what: flag, why: 'nftproof would run the Vagrantfile of this folder', remedy }
    default:
      throw new Error(`unknown place ${elsewhere satisfies never}`)
  }
}

/** `setup.sh: it is a script, and nftproof would run it: …` */
export function beyondText({ what, why, remedy }: Beyond): string {
  return `${what}: ${why}: --data-only accepts data only: ${remedy}`
}
