/** What the rules of a firewall show about the hosts behind its interfaces. */

import { type FirewallPart, sourceLineOf } from '../firewall/firewall.ts'
import { kindNamed } from '../firewall/kinds/registry.ts'
import type { Prefix } from '../net/address.ts'
import { isHost, isOrdinary } from '../net/prefix.ts'
import type { AddressMention, BaseChain, InterfaceMention, Mention } from '../nft/text/mention.ts'

export type InferencePart = Pick<FirewallPart, 'kind' | 'text'> &
  Partial<Pick<FirewallPart, 'file' | 'stretches'>>

/** `rules.nft:31`, or `line 31` for a text without a file. */
export interface Located {
  readonly place: string
}

/** A fact in a part's text, with its line there. */
export interface InPart {
  readonly part: InferencePart
}

export type Said = Mention & Located & InPart

export interface Evidence {
  readonly said: readonly Said[]
  readonly chains: readonly (BaseChain & Located)[]
  /** An address that rules compare, and what this shows. */
  readonly claims: readonly Claim[]
}

export interface Claim extends Located {
  readonly prefix: Prefix
  /**
   * `behind`: a host there has it. `own`: the firewall has it. `target`: packets are translated to
   * it.
   */
  readonly what: 'behind' | 'own' | 'target'
  /** The interface that the rule ties it to. Absent if the rule names none, or several. */
  readonly link?: string
  /** Packets to it come in by this interface, so it is not behind it. */
  readonly before?: string
  /** The source of packets that leave by another interface. */
  readonly leaves: boolean
}

export function evidenceIn(parts: readonly InferencePart[]): Evidence {
  const read = parts.map((part) => {
    const { mentions, chains } = kindNamed(part.kind).mentions(part.text)
    const locate = <T extends { readonly line: number }>(one: T): T & Located => ({
      ...one,
      place: placeText(part, one.line),
    })
    return { said: mentions.map((one) => ({ ...locate(one), part })), chains: chains.map(locate) }
  })
  const said = read.flatMap((one) => one.said)
  return { said, chains: read.flatMap(({ chains }) => chains), claims: said.flatMap(claimsOf) }
}

function placeText({ file, stretches, kind, text }: InferencePart, line: number): string {
  if (file === undefined) return `line ${line}`
  const at = sourceLineOf({ kind, text, file, stretches: stretches ?? [] }, line)
  return `${at.file}:${at.line}`
}

function claimsOf(said: Said): Claim[] {
  const { place, addresses, translations } = said
  return [
    ...addresses.flatMap((address) => {
      const claim = claimOf(said, address)
      return claim && isOrdinary(claim.prefix) ? [{ ...claim, place }] : []
    }),
    ...translations.flatMap(({ kind, to }) =>
      to.filter(isOrdinary).map((prefix): Claim => {
        const what = kind === 'dnat' ? 'target' : 'own'
        const link = what === 'own' ? theOne(said, kind === 'tproxy' ? 'in' : 'out') : undefined
        return { prefix, what, place, leaves: false, ...(link === undefined ? {} : { link }) }
      }),
    ),
  ]
}

type Told = Pick<Claim, 'prefix' | 'what' | 'link' | 'before' | 'leaves'>

function claimOf(said: Said, { prefix, side, negated }: AddressMention): Told | undefined {
  const { hook, blocks, translations } = said
  const link = theOne(said, side === 'from' ? 'in' : 'out') ?? sparedBy(said, side)
  const isTranslated = translations.some(({ kind }) => kind === 'dnat')
  const isOwn =
    side === 'to' ? hook === 'input' || (hook === 'prerouting' && isTranslated) : hook === 'output'
  if (isOwn) return isHost(prefix) ? own(said, prefix, side) : undefined
  // A source that is dropped on an interface is not behind it: a list of bogons. A source whose
  // complement is dropped is behind it.
  if (negated !== blocks) return undefined
  const leaves = side === 'from' && link === undefined && names(said, 'out').length > 0
  const before = link === undefined && side === 'to' ? theOne(said, 'in') : undefined
  return {
    ...{ prefix, what: 'behind', leaves },
    ...(link === undefined ? {} : { link }),
    ...(before === undefined ? {} : { before }),
  }
}

/**
 * `ip saddr 172.20.0.0/16 oifname != "br-app" masquerade`: a source that is translated on all other
 * interfaces is inside.
 */
function sparedBy(
  { interfaces, translations }: Said,
  side: AddressMention['side'],
): string | undefined {
  const hides = translations.some(({ kind }) => kind === 'masquerade' || kind === 'snat')
  const spared = interfaces.filter((one) => one.side === 'out' && one.negated)
  return side === 'from' && hides && spared.length === 1 ? spared[0]!.name : undefined
}

function own(said: Said, prefix: Prefix, side: AddressMention['side']): Told {
  const link = theOne(said, side === 'to' ? 'in' : 'out')
  return { prefix, what: 'own', leaves: false, ...(link === undefined ? {} : { link }) }
}

/** The interfaces that a rule compares in one direction. */
export function names(said: Said, side: InterfaceMention['side']): string[] {
  const own = said.interfaces.filter((one) => one.side === side && !one.negated)
  return [...new Set(own.map(({ name }) => name))]
}

function theOne(said: Said, side: InterfaceMention['side']): string | undefined {
  const found = names(said, side)
  return found.length === 1 ? found[0] : undefined
}
