/** Where a whole command runs: `--run-in vagrant` or `--run-in container[:IMAGE]`. */

export type RunIn =
  | { readonly kind: 'vagrant'; readonly text: string }
  /** Without an image: the one that tools/container/Dockerfile makes. */
  | { readonly kind: 'container'; readonly text: string; readonly image?: string }

/** Undefined for any other value. */
export function readRunIn(text: string): RunIn | undefined {
  if (text === 'vagrant') return { kind: 'vagrant', text }
  if (text === 'container') return { kind: 'container', text }
  const [, image] = /^container:(.+)$/s.exec(text) ?? []
  return image === undefined ? undefined : { kind: 'container', text, image }
}
