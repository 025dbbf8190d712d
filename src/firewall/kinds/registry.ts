/** All kinds of firewalls, by name. Everything that depends on the kind asks here. */
import type { Firewall, FirewallPart, PartKind } from '../firewall.ts'
import { ALL } from './all.ts'
import type { FirewallKind } from './kind.ts'

const registered = new Map<PartKind, FirewallKind>(ALL.map((kind) => [kind.name, kind]))

/** Adds a kind that is not shipped. Call it before anything is read. */
export function registerKind(kind: FirewallKind): void {
  if (registered.has(kind.name)) throw new Error(`two kinds of firewall are called ${kind.name}`)
  registered.set(kind.name, kind)
}

/** A kind that was registered later comes first: its signs are more special. */
export const allKinds = (): readonly FirewallKind[] => [...registered.values()].reverse()

export function kindNamed(name: PartKind): FirewallKind {
  const kind = registered.get(name)
  if (!kind) throw new Error(`unknown kind of firewall ${name}`)
  return kind
}

/** Whether it runs code: its text does not show which rules the kernel will have. */
export const isCode = ({ kind }: Pick<FirewallPart, 'kind'>): boolean =>
  kindNamed(kind).beyond !== undefined

export const hasCode = ({ parts }: Pick<Firewall, 'parts'>): boolean => parts.some(isCode)
