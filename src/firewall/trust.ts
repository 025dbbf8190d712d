/**
 * Which privileges a compose file or a Dockerfile gets beyond a plain container if the user trusts
 * it.
 */

/**
 * Keys of a compose file, and `build`: folders outside its own, and a network while an image is
 * built.
 */
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

/** Means all of them. */
export const ALL = 'all'

/** `volumes,cap_add`, or `all`. If a word is unknown: undefined, and that word. */
export function readTrust(text: string): { readonly trust: Trust } | { readonly unknown: string } {
  const words = text.split(',').map((word) => word.trim().replaceAll('-', '_'))
  const known: readonly string[] = [...TRUSTABLE, ALL]
  const unknown = words.find((word) => !known.includes(word))
  if (unknown !== undefined) return { unknown }
  return { trust: new Set(words.includes(ALL) ? TRUSTABLE : (words as Trusted[])) }
}
