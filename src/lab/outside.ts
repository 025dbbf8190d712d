/**
 * Finds the interface that leads outside and the innermost one: by the rules that use them, then by
 * name.
 */
import { type Evidence, names } from './evidence.ts'

export interface Ranked {
  readonly link: string
  readonly rank: number
  /** Whether the text names it. */
  readonly isNamed: boolean
  /** Why it may be the outermost one. */
  readonly why: string
}

const OUTSIDE =
  /^(wan|outside|out|ext|external|internet|inet|uplink|upstream|public|pub|world|red|ppp|pppoe|wwan|ww|isp)([^a-z]|$)/i
const USUAL = /^(eth0|en[opsx]\w*|ens\d+|wlan0|wl[px]\w+|venet0)$/i
const INSIDE =
  /^(lan|int|internal|inside|intern|private|priv|green|home|guest|dmz|br|virbr|docker|podman|cni|wg|tun|tap|vpn|veth|vnet|tailscale|vlan|iot|mgmt|man)([^a-z]|$)/i

const BY_RULES = 100
const BY_NAME = 60
const BY_HABIT = 30
const BY_TRANSLATION = 15

/** In the order of `links`. */
export function rank(links: readonly string[], evidence: Evidence): Ranked[] {
  return links.map((link, i) => {
    const facts = factsOf(link, evidence)
    const { hidden, isSpared, isEntered, isNamed } = facts
    const byName = OUTSIDE.test(link) ? BY_NAME : USUAL.test(link) ? BY_HABIT : inner(link)
    const points =
      (hidden ? BY_RULES : 0) +
      byName +
      (isEntered ? BY_TRANSLATION : 0) -
      (isSpared ? BY_RULES : 0)
    return { link, rank: points, isNamed, why: whyOf(facts, byName, i === 0) }
  })
}

interface LinkFacts {
  /** The translations of sources that leave by it. */
  readonly hidden: Evidence['said'][number] | undefined
  /** Sources are translated only on the way out by other interfaces. */
  readonly isSpared: boolean
  readonly isEntered: boolean
  readonly isNamed: boolean
}

function factsOf(link: string, { said }: Evidence): LinkFacts {
  return {
    hidden: said.find((one) => names(one, 'out').includes(link) && hides(one.translations)),
    isSpared: said.some(
      (one) =>
        hides(one.translations) &&
        one.interfaces.some(
          ({ name, side, negated }) => name === link && side === 'out' && negated,
        ),
    ),
    isEntered: said.some(
      (one) =>
        names(one, 'in').includes(link) && one.translations.some(({ kind }) => kind === 'dnat'),
    ),
    isNamed: said.some(({ interfaces }) => interfaces.some(({ name }) => name === link)),
  }
}

function whyOf({ hidden, isEntered }: LinkFacts, byName: number, isFirst: boolean): string {
  if (hidden) return `rules ${verb(hidden.translations)} there (${hidden.place})`
  if (byName > 0) return 'its name suggests the outside'
  if (isEntered) return 'packets that come in there are translated'
  return isFirst ? 'the rules name it first' : 'the other interfaces look like the inside'
}

const inner = (link: string): number => (INSIDE.test(link) ? -BY_HABIT : 0)

type Translations = Evidence['said'][number]['translations']

const hides = (translations: Translations): boolean =>
  translations.some(({ kind }) => kind === 'masquerade' || kind === 'snat')

const verb = (translations: Translations): string =>
  translations.some(({ kind }) => kind === 'masquerade') ? 'masquerade' : 'translate sources'

/** The first one with the highest rank. */
export function outermost(ranked: readonly Ranked[]): Ranked {
  return ranked.reduce((best, one) => (one.rank > best.rank ? one : best))
}

/**
 * The first one with the lowest rank, if possible not the outermost, and one that the text names:
 * its addresses then belong to its own links.
 */
export function innermost(ranked: readonly Ranked[], forwards: boolean): Ranked {
  const outer = outermost(ranked)
  const others = ranked.filter((one) => one !== outer)
  const named = others.filter(({ isNamed }) => isNamed)
  if (named.length === 0 && outer.isNamed && !forwards) return outer
  const inside = named.length > 0 ? named : others
  return inside.reduce((best, one) => (one.rank < best.rank ? one : best), inside[0] ?? outer)
}
