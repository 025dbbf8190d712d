/** The routes of an inferred lab: prefixes of the text that are on none of its links. */
import type { Prefix } from '../net/address.ts'
import { contains, isPrivate, prefixText } from '../net/prefix.ts'
import type { Claim } from './evidence.ts'
import type { Settled, Sides } from './infer-links.ts'

export interface Routes {
  readonly routes: ReadonlyMap<string, readonly string[]>
  readonly reasons: readonly string[]
}

/** For one zone. A longer list of addresses has enough members with these. */
const MAX_ROUTES = 64

export function routesFor(
  settled: readonly Settled[],
  { outer, inner, added }: Sides,
  claims: readonly Claim[],
): Routes {
  const onLinks = settled.flatMap(({ prefixes }) => prefixes.map(({ prefix }) => prefix))
  const routes = new Map<string, string[]>()
  const placed: Prefix[] = [...onLinks]
  const told: string[] = []
  let left = 0
  let outside = 0
  for (const { prefix, place, link, before, what } of widestFirst(claims)) {
    if (placed.some((other) => contains(other, prefix))) continue
    const usual = isPrivate(prefix) ? inner : outer
    const to = link ?? (usual === before ? elsewhere(settled, usual, { outer, added }) : usual)
    // The default route already leads there.
    if (to === outer) {
      if (!isPrivate(prefix)) outside++
      continue
    }
    const own = routes.get(to) ?? []
    if (own.length >= MAX_ROUTES) {
      left++
      continue
    }
    routes.set(to, [...own, prefixText(prefix)])
    placed.push(prefix)
    told.push(`${prefixText(prefix)} (${place}) → behind ${to}: ${reason(what, link)}`)
  }
  if (left > 0)
    told.push(`${left} more prefixes are not routed: the limit is ${MAX_ROUTES} for each zone`)
  if (outside > 0)
    told.push(
      `${outside} public ${outside === 1 ? 'prefix lies' : 'prefixes lie'} behind the default route, at ${outer}`,
    )
  return { routes, reasons: told }
}

/** A destination is not behind the interface from which rules accept packets to it. */
function elsewhere(
  settled: readonly Settled[],
  before: string,
  { outer, added }: Pick<Sides, 'outer' | 'added'>,
): string {
  const others = settled.map(({ link }) => link).filter((link) => link !== before)
  return (
    others.find((link) => link !== outer && link !== added) ??
    others.find((link) => link === outer) ??
    others[0] ??
    before
  )
}

function reason(what: Claim['what'], link: string | undefined): string {
  if (what === 'target') return 'packets are translated to it'
  return link === undefined ? 'private, and no rule ties it to an interface' : 'rules tie it to it'
}

/**
 * Wide prefixes last, so that nested ones are left out. Prefixes that a rule ties to a link come
 * before others.
 */
function widestFirst(claims: readonly Claim[]): Claim[] {
  const seen = new Set<string>()
  const tied = ({ link }: Claim): number => (link === undefined ? 1 : 0)
  const told = ({ what }: Claim): number => (what === 'target' ? 0 : 1)
  return claims
    .filter(({ what }) => what !== 'own')
    .toSorted(
      (a, b) =>
        tied(a) - tied(b) || a.prefix.prefixLength - b.prefix.prefixLength || told(a) - told(b),
    )
    .filter(({ prefix, link }) => {
      const key = `${prefixText(prefix)} ${link ?? ''}`
      return !seen.has(key) && Boolean(seen.add(key))
    })
}
