/** What a compose file or a Dockerfile gets beyond a container of its own only where its user trusts it. */

/** Keys of a compose file, and `build`: folders beyond its own, and a network while an image is built. */
export const TRUSTABLE = [
  'privileged',
  'volumes',
  'devices',
  'device_cgroup_rules',
  'cap_add',
  'pid',
  'ipc',
  'uts',
  'userns_mode',
  'cgroup',
  'cgroup_parent',
  'network_mode',
  'networks',
  'runtime',
  'security_opt',
  'sysctls',
  'ulimits',
  'oom_score_adj',
  'environment',
  'build',
] as const

export type Trusted = (typeof TRUSTABLE)[number]

export type Trust = ReadonlySet<Trusted>

export const NO_TRUST: Trust = new Set()

/** Stands for every one of them. */
export const ALL = 'all'

/** `volumes,cap_add`, or `all`. Undefined, with the word that is none, where one is not known. */
export function readTrust(text: string): { readonly trust: Trust } | { readonly unknown: string } {
  const words = text.split(',').map((word) => word.trim().replaceAll('-', '_'))
  const known: readonly string[] = [...TRUSTABLE, ALL]
  const unknown = words.find((word) => !known.includes(word))
  if (unknown !== undefined) return { unknown }
  return { trust: new Set(words.includes(ALL) ? TRUSTABLE : (words as Trusted[])) }
}
