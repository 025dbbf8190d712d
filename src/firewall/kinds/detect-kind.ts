/** Detects the kind of a firewall by its text, and by its name if the text has no sign. */
import { type FirewallKind, SIGNS, type Sign } from './kind.ts'
import { allKinds } from './registry.ts'

/** The kind with the surest of these signs. Undefined if the file has none of them. */
export function detectKind(
  text: string,
  name: string,
  signs: readonly Sign[] = SIGNS,
): FirewallKind | undefined {
  const found = allKinds().map((kind) => ({ kind, sign: kind.detect(text, name) }))
  for (const wanted of signs) {
    const first = found.find(({ sign }) => sign === wanted)
    if (first) return first.kind
  }
  return undefined
}
