/** Modules that are started rather than imported, from source (.ts) as from the package (.js). */
export function sibling(of: string, name: string): URL {
  return new URL(`./${name}${of.endsWith('.ts') ? '.ts' : '.js'}`, of)
}
