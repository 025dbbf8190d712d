/**
 * Which firewalls and targets are more than data: nftproof would run them, or they reach beyond the
 * lab. The table of kinds decides.
 */
import type { Firewall, FirewallPart } from '../firewall/firewall.ts'
import { kindNamed } from '../firewall/kinds/registry.ts'
import { type Target, targetName } from '../firewall/target.ts'
import { targetKind } from './target-kinds.ts'

export interface Beyond {
  /** The name as given. */
  readonly what: string
  /** The kind of code, and the action that nftproof would take. */
  readonly why: string
  readonly remedy: string
}

/** All such parts, in the given order. Empty if everything is data. */
export function beyondData({ parts, target }: Pick<Firewall, 'parts' | 'target'>): Beyond[] {
  return [...(target ? [ofProvider(target)] : []), ...parts.flatMap(ofPart)]
}

const SAVED = 'save its rules in a file (nft list ruleset) and name that file'

function ofPart({ kind, file }: FirewallPart): Beyond[] {
  const why = kindNamed(kind).beyond
  return why === undefined ? [] : [{ what: file, why, remedy: SAVED }]
}

/** Each of them is more than data. */
function ofProvider(target: Target): Beyond {
  const kind = target.kind === 'container' ? target.container.source.kind : target.kind
  const why = targetKind(kind).beyond ?? 'it is not data'
  return { what: targetName(target), why, remedy: SAVED }
}

/** A whole command in a container. */
const IN_CONTAINER = 'nftproof would run an image with this folder in it'

/** The whole command, run elsewhere. `flag` is the option that requests this. */
export function beyondKind(elsewhere: Elsewhere, flag: string): Beyond {
  const why = elsewhere === 'container' ? IN_CONTAINER : targetKind('vagrant').beyond!
  return { what: flag, why, remedy: 'remove this option' }
}

/** The other places where the whole command can run. */
export type Elsewhere = 'container' | 'vagrant'

/** `setup.sh: it is a script, and nftproof would run it: …` */
export function beyondText({ what, why, remedy }: Beyond): string {
  return `${what}: ${why}: --data-only accepts data only: ${remedy}`
}
