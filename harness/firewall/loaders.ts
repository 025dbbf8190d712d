/** All loaders, by the kind of firewall that they load. */
import type { Firewall, PartKind } from '../../src/firewall/firewall.ts'
import { ALL_LOADERS } from './all-loaders.ts'
import type { Loader } from './loader.ts'

const registered = new Map<PartKind, Loader>(ALL_LOADERS.map((loader) => [loader.kind, loader]))

/** Adds the loader of a kind that is not shipped, in every process and thread that loads. */
export function registerLoader(loader: Loader): void {
  if (registered.has(loader.kind)) throw new Error(`two loaders load ${loader.kind}`)
  registered.set(loader.kind, loader)
}

export function loaderOf({ kind }: { readonly kind: PartKind }): Loader {
  const loader = registered.get(kind)
  if (!loader) throw new Error(`no loader loads ${kind}`)
  return loader
}

/** Whether the firewall may leave more than rules. */
export const leavesState = ({ parts }: Firewall): boolean =>
  parts.some((part) => loaderOf(part).inspect !== undefined)

/** All such state of the namespace, whatever left it. */
export const inspectLeft = (): Readonly<Record<string, string>> =>
  Object.assign({}, ...[...registered.values()].map((loader) => loader.inspect?.()))
