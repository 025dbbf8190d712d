/**
 * The form of firewalls on command lines and in scenarios: `FILE`, `KIND:FILE`, `REVISION:path`,
 * several separated by commas.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { FirewallPart, PartKind } from '../../src/firewall/firewall.ts'

export type Backend = NonNullable<FirewallPart['backend']>

/** Prefixes of a path. */
export const PREFIXES: Readonly<
  Record<string, { readonly kind: PartKind | 'policy'; readonly backend?: Backend }>
> = {
  nft: { kind: 'nft' },
  iptables: { kind: 'iptables' },
  ip6tables: { kind: 'ip6tables' },
  'iptables-nft': { kind: 'iptables', backend: 'nft' },
  'ip6tables-nft': { kind: 'ip6tables', backend: 'nft' },
  'iptables-legacy': { kind: 'iptables', backend: 'legacy' },
  'ip6tables-legacy': { kind: 'ip6tables', backend: 'legacy' },
  script: { kind: 'script' },
  policy: { kind: 'policy' },
}

/** Kinds of containers that a file describes. */
const BESIDE: ReadonlySet<string> = new Set(['container', 'dockerfile', 'compose'])

/** The file that describes a container: `container:FILE`, `compose:FILE#SERVICE`. */
export function pathOfTarget(name: string): string | undefined {
  const [, kind = '', path] = /^(\w+):(.+)$/s.exec(name) ?? []
  if (path === undefined || !BESIDE.has(kind)) return undefined
  return kind === 'compose' ? path.replace(/#[^#]+$/, '') : path
}

/** The parts of the argument. If a file with the whole name exists, it is that file. */
export function namesIn(argument: string): string[] {
  return existsSync(argument) ? [argument] : argument.split(',')
}

/**
 * The argument with every path relative to `folder` rewritten for messages. Revisions are left to
 * git.
 */
export function fromFolder(
  argument: string,
  folder: string,
  show: (path: string) => string,
): string {
  const whole = resolve(folder, argument)
  if (existsSync(whole)) return show(whole)
  return argument
    .split(',')
    .map((name) => {
      const colon = name.indexOf(':')
      const path = resolve(folder, name)
      if (colon < 0 || existsSync(path)) return show(path)
      const kind = name.slice(0, colon)
      if (BESIDE.has(kind)) return `${kind}:${show(resolve(folder, name.slice(colon + 1)))}`
      if (!(kind in PREFIXES)) return name
      return `${kind}:${fromFolder(name.slice(colon + 1), folder, show)}`
    })
    .join(',')
}
