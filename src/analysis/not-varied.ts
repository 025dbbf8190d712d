/**
 * The parts of a rule that no probe varies: conditions that no varied field of a packet answers,
 * limits, and actions that no outcome shows. Two rules whose parts have the same key do the same.
 */

import { isObject, type Json, textIn, within } from '../nft/json.ts'
import type { Atom } from './atoms.ts'
import type { Test } from './conditions.ts'

export interface NotVaried {
  /** For display: `tcp option maxseg`, `limit`, `xt string`. */
  readonly what: string
  readonly key: string
  /** `memory`: it depends on earlier packets. `effect`: no outcome shows it. */
  readonly kind: 'condition' | 'memory' | 'effect'
}

/** `saved`: the rule as iptables-save writes it, if it is an iptables rule. */
export function notVariedIn(atom: Atom, tests: readonly Test[], saved?: string): NotVaried[] {
  if (saved !== undefined) return ofSaved(saved)
  const asked = tests.flatMap((test): NotVaried[] =>
    test.kind === 'opaque' ? [{ what: test.what, key: test.key, kind: 'condition' }] : [],
  )
  return [...asked, ...atom.acts.flatMap(ofAct)]
}

const MEMORY = ['limit', 'quota', 'ct count', 'meter', 'set', 'map']
/** Statements that change a packet or its way, and whose details are not compared. */
const EFFECTS = [
  'dup',
  'fwd',
  'queue',
  'synproxy',
  'secmark',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'flow',
]

function ofAct(act: Json): NotVaried[] {
  const [kind = '', value] = Object.entries(act)[0] ?? []
  const key = JSON.stringify(act)
  if (kind === 'match') return []
  if (kind === 'xt') {
    const name = textIn(isObject(value) ? value : {}, 'name') ?? '?'
    return [{ what: `xt ${name}`, key, kind: 'condition' }]
  }
  if (MEMORY.includes(kind)) return [{ what: kind, key, kind: 'memory' }]
  if (EFFECTS.includes(kind)) return [{ what: kind, key, kind: 'effect' }]
  const changed = kind === 'mangle' && isObject(value) ? changedBy(value) : undefined
  if (changed !== undefined) return [{ what: `${changed} set`, key, kind: 'effect' }]
  // Verdict maps and maps that were not split use numgen, or are too large.
  if (/"(?:numgen|jhash|symhash)"/.test(key)) return [{ what: 'numgen', key, kind: 'memory' }]
  return []
}

/** Addresses and ports are compared elsewhere, and later rules compare marks. */
function changedBy({ key }: Json): string | undefined {
  const payload = within(key, 'payload')
  if (payload) {
    const field = textIn(payload, 'field') ?? '?'
    return /^(?:[sd]addr|[sd]port)$/.test(field) ? undefined : `${payload.protocol} ${field}`
  }
  const meta = textIn(within(key, 'meta') ?? {}, 'key')
  if (meta !== undefined) return ['mark', 'nftrace'].includes(meta) ? undefined : `meta ${meta}`
  const ct = textIn(within(key, 'ct') ?? {}, 'key')
  if (ct !== undefined) return ct === 'mark' ? undefined : `ct ${ct}`
  return Object.keys(isObject(key) ? key : {})[0] ?? '?'
}

// Extensions of xtables that probes vary.
const VARIED = new Set(
  'tcp udp multiport iprange length ttl hl mark icmp icmp6 dscp conntrack state comment'.split(' '),
)
/** Options of these extensions that probes do not vary. */
export const UNVARIED_OPTIONS =
  / --(?:tcp-option|ctexpire|ctrepl\w+|ctstatus|ctorig\w+port|ctproto|chunk-types|dccp-\w+) /
const REMEMBER = new Set('limit hashlimit connlimit quota recent statistic'.split(' '))
const PLAIN_TARGETS = new Set(
  'ACCEPT DROP RETURN REJECT DNAT SNAT MASQUERADE REDIRECT NETMAP TPROXY MARK CONNMARK LOG NFLOG ULOG TRACE'.split(
    ' ',
  ),
)

/** `-A INPUT -p tcp -m string --string "x" -j DROP` → its extensions with their options. */
export function savedParts(saved: string): { readonly match: string[]; readonly target: string } {
  const text = saved.replace(/^-A \S+ ?/, '')
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []
  const groups: string[][] = [[]]
  let target: string[] | undefined
  for (const [i, word] of words.entries()) {
    if (word === '-j' || word === '-g') target = []
    // A negation belongs to the option after it.
    else if (word === '-m') groups.push([])
    if (target) target.push(word)
    else if (!(word === '!' && words[i + 1] === '-m')) groups.at(-1)!.push(word)
  }
  return {
    match: groups.filter((group) => group.length > 0).map((group) => group.join(' ')),
    target: target?.join(' ') ?? '',
  }
}

const moduleOf = (group: string): string => /^-m (\S+)/.exec(group)?.[1] ?? ''

function ofSaved(saved: string): NotVaried[] {
  const { match, target } = savedParts(saved)
  const asked = match.flatMap((group): NotVaried[] => {
    const name = moduleOf(group)
    if (REMEMBER.has(name)) return [{ what: name, key: group, kind: 'memory' }]
    const isKnown = name === '' || VARIED.has(name)
    const isTold = isKnown && !UNVARIED_OPTIONS.test(group)
    return isTold
      ? []
      : [{ what: name === 'set' ? group.slice(3) : name, key: group, kind: 'condition' }]
  })
  const name = target.split(' ')[1] ?? ''
  const isChain = !/^[A-Z]+$/.test(name) || target.startsWith('-g')
  if (isChain || PLAIN_TARGETS.has(name) || target === '') return asked
  return KNOWN_TARGETS.test(name) ? [...asked, { what: name, key: target, kind: 'effect' }] : asked
}

/** Other targets may be chains of this name. */
const KNOWN_TARGETS =
  /^(?:TCPMSS|TCPOPTSTRIP|NFQUEUE|TEE|DSCP|TTL|HL|CLASSIFY|CT|NOTRACK|SECMARK|CONNSECMARK|IDLETIMER|CHECKSUM|TOS|ECN|SYNPROXY|CLUSTERIP|SET|RATEEST|HMARK|SNPT|DNPT)$/

/** Conditions in the form of iptables, without comments and without stateful matches. */
export const savedConditions = (saved: string): string =>
  savedParts(saved)
    .match.filter((group) => !REMEMBER.has(moduleOf(group)) && moduleOf(group) !== 'comment')
    .join(' ')

/** The rule without its comment and without its chain. */
export function savedWithoutComment(saved: string): string {
  const { match, target } = savedParts(saved)
  return [...match.filter((group) => moduleOf(group) !== 'comment'), target].join(' ')
}
